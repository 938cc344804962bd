// SPDX-License-Identifier: MIT
using System.Security.Cryptography;

namespace Yoso.Data.Downloads;

/// <summary>Fetches published files: in parallel ranges, resumed after an interruption, verified, and whole or not at all.</summary>
public sealed class Downloader(HttpClient client, DownloadOptions options, TimeProvider time)
{
    private const int Restarts = 3;

    /// <summary>A client that follows redirects and the variables HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (.NET reads them).</summary>
    public static HttpClient CreateClient()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = true, MaxAutomaticRedirections = 10, ConnectTimeout = TimeSpan.FromSeconds(30) });
        client.DefaultRequestHeaders.UserAgent.ParseAdd("yoso-reproduction/1.0");
        return client;
    }

    /// <summary>Path of the verified file: in <paramref name="folder"/>, or in the mirror where that is a folder.</summary>
    /// <param name="mirror">A folder that holds the file, or the address of one; null for the publisher.</param>
    /// <exception cref="DownloadException">It cannot be had, or is not what was expected.</exception>
    public async Task<string> Fetch(
        RemoteFile file, string folder, string? mirror = null, IProgress<DownloadProgress>? progress = null, CancellationToken cancellation = default)
    {
        Directory.CreateDirectory(folder);
        var trusted = new TrustedDigests(folder);
        var target = Path.Combine(folder, SafeName(file));
        if (mirror is not null && !IsAddress(mirror)) return FromFolder(file, mirror, trusted);
        if (IsThere(file, target, trusted)) return target;
        var address = mirror is null ? file.Address : new Uri(mirror.TrimEnd('/') + "/" + Uri.EscapeDataString(file.Name));
        var partial = target + ".partial";
        await Receive(new HttpSource(client, address, options), partial, progress, cancellation);
        try
        {
            Verify(file, partial, address.AbsoluteUri, trusted);
        }
        catch (DownloadException)
        {
            PartialDownload.Delete(partial);
            throw;
        }
        File.Move(partial, target, overwrite: true);
        PartialDownload.Delete(partial);
        return target;
    }

    /// <summary>A file of the recorded size is not hashed again; one that was put there by hand is.</summary>
    private static bool IsThere(RemoteFile file, string target, TrustedDigests trusted)
    {
        if (!File.Exists(target)) return false;
        var known = trusted.Find(file.Address);
        if (known is not null && known.Bytes == new FileInfo(target).Length && (file.Sha256 is null || Same(file.Sha256, known.Sha256))) return true;
        try
        {
            Verify(file, target, target, trusted);
            return true;
        }
        catch (DownloadException)
        {
            // Damaged, or of another version: downloaded anew.
            return false;
        }
    }

    private static string FromFolder(RemoteFile file, string mirror, TrustedDigests trusted)
    {
        var path = Path.Combine(mirror, SafeName(file));
        if (!File.Exists(path)) throw new DownloadException($"the mirror {mirror} does not hold {file.Name}; put it there or leave the mirror out");
        Verify(file, path, path, trusted);
        return path;
    }

    /// <summary>Compares size and digest with what is known or was recorded; records them where nothing was.</summary>
    private static void Verify(RemoteFile file, string path, string from, TrustedDigests trusted)
    {
        var bytes = new FileInfo(path).Length;
        if (file.Bytes is { } expectedBytes && expectedBytes != bytes)
        {
            throw new DownloadException($"{from} has {bytes} bytes, {expectedBytes} are expected; it was not kept");
        }
        string digest;
        using (var stream = File.OpenRead(path)) digest = Convert.ToHexStringLower(SHA256.HashData(stream));
        var recorded = trusted.Find(file.Address)?.Sha256;
        if ((file.Sha256 ?? recorded) is { } expected && !Same(expected, digest))
        {
            var origin = file.Sha256 is null ? $"the first download had (recorded in {TrustedDigests.FileName})" : "is expected";
            throw new DownloadException($"{from} has sha256 {digest}, but {expected} {origin}; it was not kept");
        }
        trusted.Record(file.Address, new TrustedDigests.Entry(digest, bytes));
    }

    /// <summary>Everything from the first request on is repeated when the content changes meanwhile.</summary>
    private async Task Receive(HttpSource source, string partial, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        for (var restart = 0; restart <= Restarts; restart++)
        {
            try
            {
                var remote = await Retry(source, () => 0, () => source.Probe(cancellation), cancellation);
                CheckSpace(partial, remote.Total);
                if (remote is { Ranges: true, Total: > 0 }) await ReceiveParts(source, remote, partial, progress, cancellation);
                else await ReceiveWhole(source, remote, partial, progress, cancellation);
                return;
            }
            catch (ContentChangedException)
            {
                PartialDownload.Delete(partial);
            }
        }
        throw new DownloadException($"{source.Address}: the content changed {Restarts + 1} times during the download; try later or use a mirror");
    }

    private async Task ReceiveParts(
        HttpSource source, RemoteState remote, string partial, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        using var download = PartialDownload.Open(partial, source.Address, remote.Total!.Value, remote.Validator, options.PartBytes);
        progress?.Report(new DownloadProgress(download.Received, download.Total));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Connections, CancellationToken = cancellation };
        await Parallel.ForEachAsync(download.Missing(), parallel, async (part, stop) =>
        {
            var (position, end) = (download.Start(part), download.Start(part) + download.Length(part));
            await Retry(source, () => position, async () =>
            {
                await source.ReadRange(position, end, download.Total, download.Validator, async (at, bytes) =>
                {
                    await download.Write(at, bytes, stop);
                    position = at + bytes.Length;
                    progress?.Report(new DownloadProgress(download.Received, download.Total));
                }, stop);
                return true;
            }, stop);
            download.Complete(part);
        });
    }

    /// <summary>A server without ranges starts from the beginning each time.</summary>
    private async Task ReceiveWhole(
        HttpSource source, RemoteState remote, string partial, IProgress<DownloadProgress>? progress, CancellationToken cancellation)
    {
        File.Delete(PartialDownload.StatePath(partial));
        // The bytes of a broken attempt are lost, so they do not count as progress that grants further attempts.
        await Retry(source, () => 0, async () =>
        {
            await using var stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None);
            await source.ReadAll(remote.Total, async (at, bytes) =>
            {
                await stream.WriteAsync(bytes, cancellation);
                progress?.Report(new DownloadProgress(at + bytes.Length, remote.Total));
            }, cancellation);
            return true;
        }, cancellation);
    }

    /// <summary>Repeats what may pass, waiting longer each time; a position that has moved on starts the count anew.</summary>
    private async Task<T> Retry<T>(HttpSource source, Func<long> position, Func<Task<T>> attempt, CancellationToken cancellation)
    {
        var (failures, reached) = (0, position());
        while (true)
        {
            try
            {
                return await attempt();
            }
            catch (TransientException e)
            {
                failures = position() > reached ? 1 : failures + 1;
                reached = position();
                if (failures >= options.Attempts)
                {
                    throw new DownloadException(
                        $"{source.Address}: {e.Message} ({failures} attempts); run the command again to go on, or use a mirror", e);
                }
                var wait = e.After is { } after && after > options.Delay(failures) ? after : options.Delay(failures);
                await Task.Delay(wait > options.LongestDelay ? options.LongestDelay : wait, time, cancellation);
            }
        }
    }

    private static void CheckSpace(string partial, long? total)
    {
        var free = new DriveInfo(Path.GetFullPath(Path.GetDirectoryName(partial)!)).AvailableFreeSpace;
        var there = File.Exists(partial) ? new FileInfo(partial).Length : 0;
        if (total - there > free) throw new DownloadException($"{partial} needs {total} bytes, only {free} are free; make room or choose another folder");
    }

    private static string SafeName(RemoteFile file) => file.Name is "" or "." or ".." || file.Name.AsSpan().ContainsAny("/\\:")
        ? throw new DownloadException($"{file.Address} names no file")
        : file.Name;

    private static bool IsAddress(string mirror) =>
        mirror.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || mirror.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static bool Same(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
