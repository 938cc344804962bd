// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using Yoso.Data.Downloads;

namespace Yoso.Data.Tests.Downloads;

public sealed class DownloaderTests : IDisposable
{
    private static readonly DownloadOptions Options = new()
    {
        Connections = 3,
        PartBytes = 10_000,
        Attempts = 4,
        FirstDelay = TimeSpan.FromMilliseconds(1),
        LongestDelay = TimeSpan.FromMilliseconds(20),
    };

    private readonly TemporaryFolder folder = new();
    private readonly FileServer server = new();
    private readonly HttpClient client = new(new SocketsHttpHandler { UseProxy = false });

    public DownloaderTests() => server.Content = Noise(95_001, 1);

    public void Dispose()
    {
        client.Dispose();
        server.Dispose();
        folder.Dispose();
    }

    private static byte[] Noise(int count, int seed)
    {
        var noise = new byte[count];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private static string Digest(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private RemoteFile File(string? sha256 = null, long? bytes = null) => new(server.Address, sha256, bytes, "CC0-1.0");

    private Task<string> Fetch(
        RemoteFile file, string? mirror = null, IProgress<DownloadProgress>? progress = null, DownloadOptions? options = null, CancellationToken? cancellation = null) =>
        new Downloader(client, options ?? Options, TimeProvider.System).Fetch(
            file, folder.ToString(), mirror, progress, cancellation ?? TestContext.Current.CancellationToken);

    private async Task<string> FetchFails(RemoteFile file, string? mirror = null)
    {
        var error = await Assert.ThrowsAsync<DownloadException>(() => Fetch(file, mirror));
        Assert.DoesNotContain('\n', error.Message);
        Assert.False(System.IO.File.Exists(folder["data.bin"]));
        return error.Message;
    }

    private void AssertWhole(string path)
    {
        Assert.Equal(folder["data.bin"], path);
        Assert.Equal(Digest(server.Content), Digest(System.IO.File.ReadAllBytes(path)));
        Assert.Equal(["data.bin", "trusted.json"], Directory.GetFiles(folder.ToString()).Select(Path.GetFileName).Order());
    }

    private sealed class Recorder : IProgress<DownloadProgress>
    {
        internal List<DownloadProgress> Seen { get; } = [];

        public void Report(DownloadProgress value)
        {
            lock (Seen) Seen.Add(value);
        }
    }

    [Fact]
    public async Task Fetch_TakesParallelRanges_AndReportsProgress()
    {
        var progress = new Recorder();

        AssertWhole(await Fetch(File(Digest(server.Content), 95_001), progress: progress));

        Assert.Equal(11, server.Seen.Count);
        Assert.Contains("bytes=90000-95000", server.Seen);
        Assert.All(progress.Seen, step => Assert.Equal(95_001, step.Total));
        Assert.Equal(95_001, progress.Seen.Max(step => step.Bytes));
    }

    [Fact]
    public async Task Fetch_AsksNothing_WhenTheFileIsThere()
    {
        await Fetch(File());
        var asked = server.Seen.Count;

        AssertWhole(await Fetch(File()));

        Assert.Equal(asked, server.Seen.Count);
    }

    [Fact]
    public async Task Fetch_AcceptsAFilePutThereByHand_AndReplacesAWrongOne()
    {
        System.IO.File.WriteAllBytes(folder["data.bin"], server.Content);
        AssertWhole(await Fetch(File(Digest(server.Content))));
        Assert.Empty(server.Seen);

        System.IO.File.WriteAllBytes(folder["data.bin"], Noise(500, 9));
        AssertWhole(await Fetch(File(Digest(server.Content))));
        Assert.NotEmpty(server.Seen);
    }

    [Fact]
    public async Task Fetch_GoesOnInsideARange_WhenConnectionsDrop()
    {
        server.Misbehave = (number, context) =>
        {
            if (FileServer.RangeOf(context, server.Content.Length) is not { } range || range.To - range.From < 9_000 || number % 2 == 0) return false;
            context.Response.StatusCode = 206;
            context.Response.Headers["Content-Range"] = $"bytes {range.From}-{range.To - 1}/{server.Content.Length}";
            FileServer.Drop(context, range.To - range.From, server.Content.AsSpan((int)range.From, 4_000));
            return true;
        };

        AssertWhole(await Fetch(File(Digest(server.Content))));
    }

    [Fact]
    public async Task Fetch_ResumesFinishedRanges_AfterAnInterruption()
    {
        using var stop = new CancellationTokenSource();
        server.Misbehave = (number, _) =>
        {
            if (number == 6) stop.Cancel();
            return false;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Fetch(File(), options: Options with { Connections = 1 }, cancellation: stop.Token));
        var before = server.Seen.Count;
        server.Misbehave = (_, _) => false;

        AssertWhole(await Fetch(File(Digest(server.Content))));

        Assert.InRange(server.Seen.Count - before, 7, 8); // the probe and those of ten ranges that were not finished
    }

    [Fact]
    public async Task Fetch_StartsAnew_WhenTheContentIsAnotherOneAfterAnInterruption()
    {
        using var stop = new CancellationTokenSource();
        server.Misbehave = (number, _) =>
        {
            if (number == 6) stop.Cancel();
            return false;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Fetch(File(), options: Options with { Connections = 1 }, cancellation: stop.Token));
        (server.Content, server.ETag) = (Noise(95_001, 2), "\"two\"");
        server.Misbehave = (_, _) => false;

        AssertWhole(await Fetch(File(Digest(server.Content))));
    }

    [Fact]
    public async Task Fetch_StartsAnew_WhenTheContentChangesMeanwhile()
    {
        server.Misbehave = (number, _) =>
        {
            if (number == 5) (server.Content, server.ETag) = (Noise(80_000, 3), "\"three\"");
            return false;
        };

        AssertWhole(await Fetch(File(), options: Options with { Connections = 1 }));
    }

    [Fact]
    public async Task Fetch_GivesUp_WhenTheContentKeepsChanging()
    {
        server.Misbehave = (number, _) =>
        {
            server.ETag = $"\"{number}\"";
            return false;
        };

        Assert.Contains("the content changed 4 times", await FetchFails(File()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_TakesTheWholeFile_WhenRangesAreIgnored()
    {
        server.Ranges = false;
        server.Misbehave = (number, context) =>
        {
            if (number != 2) return false;
            FileServer.Drop(context, server.Content.Length, server.Content.AsSpan(0, 50_000));
            return true;
        };

        AssertWhole(await Fetch(File(Digest(server.Content))));

        Assert.Equal(["bytes=0-0", "", ""], server.Seen);
    }

    [Fact]
    public async Task Fetch_TakesWhatComes_WhenTheLengthIsNotSaid()
    {
        server.Misbehave = (_, context) =>
        {
            context.Response.SendChunked = true;
            context.Response.OutputStream.Write(server.Content);
            context.Response.Close();
            return true;
        };

        AssertWhole(await Fetch(File(Digest(server.Content))));
    }

    [Fact]
    public async Task Fetch_FollowsRedirects()
    {
        server.Misbehave = (_, context) =>
        {
            if (context.Request.Url!.AbsolutePath == "/elsewhere") return false;
            context.Response.Redirect(new Uri(server.Address, "/elsewhere").AbsoluteUri);
            context.Response.Close();
            return true;
        };

        AssertWhole(await Fetch(File(Digest(server.Content))));
    }

    [Fact]
    public async Task Fetch_Waits_WhenTheServerIsBusy()
    {
        server.Misbehave = (number, context) =>
        {
            if (number is not (1 or 3 or 4)) return false;
            context.Response.StatusCode = number == 1 ? 429 : 503;
            context.Response.Close();
            return true;
        };

        AssertWhole(await Fetch(File(Digest(server.Content))));
    }

    [Theory]
    [InlineData(404, 1, "the server answers 404")]
    [InlineData(403, 1, "name its folder as mirror")]
    [InlineData(500, 4, "the server answers 500 (4 attempts)")]
    public async Task Fetch_SaysWhy_WhenTheServerRefuses(int status, int requests, string problem)
    {
        server.Misbehave = (_, context) =>
        {
            context.Response.StatusCode = status;
            context.Response.Close();
            return true;
        };

        var message = await FetchFails(File());

        Assert.Contains(problem, message, StringComparison.Ordinal);
        Assert.Contains(server.Address.AbsoluteUri, message, StringComparison.Ordinal);
        Assert.Equal(requests, server.Seen.Count);
    }

    [Fact]
    public async Task Fetch_SaysWhy_WhenNothingListens()
    {
        server.Dispose();

        Assert.Contains("(4 attempts)", await FetchFails(File()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_GivesUp_WhenAServerStalls()
    {
        using var never = new ManualResetEventSlim();
        server.Misbehave = (number, context) =>
        {
            if (number == 1) return false;
            context.Response.StatusCode = 206;
            var range = FileServer.RangeOf(context, server.Content.Length)!.Value;
            context.Response.Headers["Content-Range"] = $"bytes {range.From}-{range.To - 1}/{server.Content.Length}";
            context.Response.ContentLength64 = range.To - range.From;
            context.Response.OutputStream.Write(server.Content.AsSpan((int)range.From, 1));
            never.Wait(TestContext.Current.CancellationToken);
            return true;
        };

        var error = await Assert.ThrowsAsync<DownloadException>(
            () => Fetch(File(), options: Options with { Stall = TimeSpan.FromMilliseconds(50), Attempts = 2, Connections = 1 }));
        never.Set();

        Assert.Contains("(2 attempts)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_KeepsNothing_WhenDigestOrSizeIsWrong()
    {
        var message = await FetchFails(File(new string('a', 64)));
        Assert.Contains($"has sha256 {Digest(server.Content)}, but {new string('a', 64)} is expected", message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.ToString()));

        Assert.Contains("has 95001 bytes, 7 are expected", await FetchFails(File(bytes: 7)), StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder.ToString()));
    }

    [Fact]
    public async Task Fetch_TrustsTheFirstDownload_AndNoOther()
    {
        await Fetch(File());
        Assert.Contains(Digest(server.Content), System.IO.File.ReadAllText(folder["trusted.json"]), StringComparison.Ordinal);
        System.IO.File.Delete(folder["data.bin"]);
        (server.Content, server.ETag) = (Noise(95_001, 4), "\"four\"");

        Assert.Contains("the first download had", await FetchFails(File()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Fetch_UsesAMirrorFolder_InPlace()
    {
        Directory.CreateDirectory(folder["mirror"]);
        Assert.Contains("does not hold data.bin", await FetchFails(File(), folder["mirror"]), StringComparison.Ordinal);
        System.IO.File.WriteAllBytes(folder["mirror/data.bin"], server.Content);

        Assert.Equal(folder["mirror/data.bin"], await Fetch(File(Digest(server.Content)), folder["mirror"]));
        Assert.Contains("is expected", await FetchFails(File(new string('b', 64)), folder["mirror"]), StringComparison.Ordinal);
        Assert.True(System.IO.File.Exists(folder["mirror/data.bin"]));
        Assert.Empty(server.Seen);
    }

    [Fact]
    public async Task Fetch_UsesAMirrorAddress()
    {
        var publisher = new RemoteFile(new Uri("http://publisher.invalid/some/where/data.bin"), Digest(server.Content), null, "CC0-1.0");

        AssertWhole(await Fetch(publisher, new Uri(server.Address, "/mirror/").AbsoluteUri));
    }

    [Fact]
    public async Task Fetch_SaysSo_WhenAnotherProcessDownloads()
    {
        using var held = new FileStream(folder["data.bin.partial"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        Assert.Contains("another process", await FetchFails(File()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CreateClient_AsksTheProxy_ThatDotNetFoundInTheEnvironment()
    {
        using var proxy = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        proxy.Start();
        var before = HttpClient.DefaultProxy;
        HttpClient.DefaultProxy = new System.Net.WebProxy($"http://127.0.0.1:{((System.Net.IPEndPoint)proxy.LocalEndpoint).Port}");
        try
        {
            using var own = Downloader.CreateClient();
            var answer = own.GetAsync("http://publisher.invalid/data.bin", TestContext.Current.CancellationToken);
            using var connection = await proxy.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            using var reader = new StreamReader(connection.GetStream());
            var asked = await reader.ReadLineAsync(TestContext.Current.CancellationToken);
            await connection.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

            Assert.Equal("GET http://publisher.invalid/data.bin HTTP/1.1", asked);
            Assert.True((await answer).IsSuccessStatusCode);
        }
        finally
        {
            HttpClient.DefaultProxy = before;
        }
    }

    [Fact]
    public void Delay_DoublesUpToTheLongest()
    {
        var options = new DownloadOptions { FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = TimeSpan.FromSeconds(6) };

        Assert.Equal([1, 2, 4, 6, 6], Enumerable.Range(1, 5).Select(failures => options.Delay(failures).TotalSeconds));
    }

    [Fact]
    public void KnownFiles_AreNamedAndSecure()
    {
        foreach (var file in new[] { KnownFiles.Imdb, KnownFiles.Cifar10, KnownFiles.LongRangeArena })
        {
            Assert.Equal("https", file.Address.Scheme);
            Assert.NotEmpty(file.Licence);
        }
        Assert.Equal("aclImdb_v1.tar.gz", KnownFiles.Imdb.Name);
    }
}
