// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Data.Downloads;

/// <summary>A file that is being downloaded in parts, and beside it which parts are there: both survive the process.</summary>
internal sealed class PartialDownload : IDisposable
{
    private readonly string statePath;
    private readonly Lock gate = new();
    private readonly State state;
    private readonly Microsoft.Win32.SafeHandles.SafeFileHandle file;
    private long received;

    /// <param name="Validator">ETag or date by which the server recognises the content.</param>
    internal sealed record State(Uri Address, long Total, int PartBytes, string? Validator, List<int> Done);

    private PartialDownload(string path, State state)
    {
        statePath = StatePath(path);
        this.state = state;
        try
        {
            file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new DownloadException($"{path} is in use; another process seems to download it, wait for it", e);
        }
        RandomAccess.SetLength(file, state.Total);
        received = state.Done.Sum(Length);
    }

    /// <summary>Bytes received, those of earlier runs included.</summary>
    internal long Received => Interlocked.Read(ref received);

    internal long Total => state.Total;

    internal string? Validator => state.Validator;

    internal static string StatePath(string path) => path + ".json";

    /// <summary>Continues what lies there if it is of the same content, else starts anew. Without a validator nothing can be continued.</summary>
    internal static PartialDownload Open(string path, Uri address, long total, string? validator, int partBytes)
    {
        var fresh = new State(address, total, partBytes, validator, []);
        var old = validator is not null && File.Exists(path) && new FileInfo(path).Length == total ? Load(StatePath(path)) : null;
        var same = old is not null && old.Done is not null && fresh with { Done = old.Done } == old && old.Done.TrueForAll(part => part >= 0 && part < fresh.PartCount());
        return new PartialDownload(path, same ? old! : fresh);
    }

    internal IEnumerable<int> Missing() => Enumerable.Range(0, state.PartCount()).Except(state.Done).ToList();

    internal long Start(int part) => (long)part * state.PartBytes;

    internal long Length(int part) => Math.Min(state.PartBytes, state.Total - Start(part));

    internal async ValueTask Write(long position, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await RandomAccess.WriteAsync(file, bytes, position, cancellation);
        Interlocked.Add(ref received, bytes.Length);
    }

    internal void Complete(int part)
    {
        lock (gate)
        {
            state.Done.Add(part);
            File.WriteAllText(statePath + ".partial", JsonSerializer.Serialize(state));
            File.Move(statePath + ".partial", statePath, overwrite: true);
        }
    }

    public void Dispose() => file.Dispose();

    internal static void Delete(string path)
    {
        File.Delete(path);
        File.Delete(StatePath(path));
    }

    private static State? Load(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<State>(File.ReadAllText(path)) : null;
        }
        catch (JsonException)
        {
            // Torn while being written: the download starts anew.
            return null;
        }
    }
}

internal static class PartialDownloadParts
{
    internal static int PartCount(this PartialDownload.State state) => checked((int)((state.Total + state.PartBytes - 1) / state.PartBytes));
}
