// SPDX-License-Identifier: MIT
using System.Formats.Tar;
using System.IO.Compression;
using System.Net;
using Yoso.Data;
using Yoso.Data.Pathfinder;
using Yoso.Data.Text;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.LongRangeArena;

/// <summary>Where paper-scale data is looked for, on a release that the test writes.</summary>
public sealed class OriginalFilesTests : IDisposable
{
    private const string Pairs = "1.0\tP1\tP2\tfirst paper\tsecond paper\n0.0\tP1\tP3\tfirst paper\tthird\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-originals-");
    private readonly Recorder _events = new();

    private static BytePairs Retrieval => new() { Options = new ByteTextOptions { MaxBytes = 16, PaddedLength = 16 } };

    private string Mirror => Path.Combine(_folder.FullName, "mirror");

    private DataPlace Place(string? mirror) => new(Path.Combine(_folder.FullName, "data"), mirror) { Events = _events };

    [Fact]
    public void Retrieval_IsReadFromAnUnpackedRelease()
    {
        var tsv = Directory.CreateDirectory(Path.Combine(Mirror, "lra_release", "tsv_data")).FullName;
        foreach (var split in (string[])["train", "eval", "test"])
        {
            File.WriteAllText(Path.Combine(tsv, $"new_aan_pairs.{split}.tsv"), Pairs);
        }

        Assert.Null(Retrieval.Find(Place(Mirror)));
        var data = Retrieval.Prepare(Place(Mirror), TestContext.Current.CancellationToken);

        Assert.Equal((DataKind.Original, 2, 2), (data.Manifest.Kind, data.Train.Count, data.Test.SequencesPerExample));
        Assert.Equal(data.Manifest.Digest, Retrieval.Find(Place(Mirror)));
        Assert.Null(Retrieval.Find(Place(null)));
        Assert.Empty(_events.Notes);
    }

    [Fact]
    public void Retrieval_IsFetchedFromAnAddress_WithItsLicenceSaidFirst()
    {
        using var server = new MirrorServer(Release());

        var data = Retrieval.Prepare(Place(server.Address), TestContext.Current.CancellationToken);

        Assert.Equal(2, data.Train.Count);
        Assert.Contains(_events.Notes, n => n.Contains("licence: Apache-2.0", StringComparison.Ordinal));
        Assert.Contains("lra_release.gz: unpacking", _events.Works);
        var requests = server.Requests;
        Assert.Equal(data.Manifest.Digest, Retrieval.Find(Place(server.Address)));
        Assert.Equal(data.Manifest.Digest, Retrieval.Prepare(Place(server.Address), TestContext.Current.CancellationToken).Manifest.Digest);
        Assert.Equal(requests, server.Requests);
    }

    [Fact]
    public void Retrieval_SaysWhatTheMirrorLacks()
    {
        Directory.CreateDirectory(Mirror);

        var error = Assert.ThrowsAny<Exception>(() => Retrieval.Prepare(Place(Mirror), TestContext.Current.CancellationToken));

        Assert.Contains("does not hold lra_release.gz", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Pathfinder_IsGenerated_WhereTheReleaseIsNotAtHand()
    {
        var images = new PathfinderImages { Options = new PathfinderOptions { TrainCount = 3, DevCount = 1, TestCount = 1 }, PreferRelease = true };

        var data = images.Prepare(Place(null), TestContext.Current.CancellationToken);

        Assert.Equal(DataKind.Generated, data.Manifest.Kind);
        Assert.Contains("Pathfinder: drawing images", _events.Works);
    }

    private byte[] Release()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var split in (string[])["train", "eval", "test"])
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"lra_release/lra_release/tsv_data/new_aan_pairs.{split}.tsv") { DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Pairs)) });
            }
        }

        return packed.ToArray();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private sealed class Recorder : IDataEvents
    {
        public List<string> Notes { get; } = [];

        public HashSet<string> Works { get; } = [];

        public void Note(string line) => Notes.Add(line);

        public void Progress(string what, double done, double? total)
        {
            lock (Works)
            {
                Works.Add(what);
            }
        }
    }

    /// <summary>Serves one file as lra_release.gz, without ranges.</summary>
    private sealed class MirrorServer : IDisposable
    {
        private readonly HttpListener _listener;
        private readonly byte[] _content;
        private int _requests;

        public MirrorServer(byte[] content)
        {
            _content = content;
            // A port may be taken; a listener that could not start is spent.
            for (var attempt = 0; ; attempt++)
            {
                Address = $"http://127.0.0.1:{10_000 + Random.Shared.Next(20_000)}/mirror/";
                _listener = new HttpListener { Prefixes = { Address } };
                try
                {
                    _listener.Start();
                    break;
                }
                catch (HttpListenerException) when (attempt < 50)
                {
                    _listener.Close();
                }
            }

            _ = Serve();
        }

        public string Address { get; }

        public int Requests => _requests;

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    var context = await _listener.GetContextAsync();
                    _requests++;
                    if (context.Request.Url!.AbsolutePath == "/mirror/lra_release.gz")
                    {
                        context.Response.ContentLength64 = _content.Length;
                        context.Response.OutputStream.Write(_content);
                    }
                    else
                    {
                        context.Response.StatusCode = 404;
                    }

                    context.Response.Close();
                }
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        public void Dispose() => _listener.Close();
    }
}
