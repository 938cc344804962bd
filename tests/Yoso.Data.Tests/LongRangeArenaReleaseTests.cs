// SPDX-License-Identifier: MIT
using System.Formats.Tar;
using System.IO.Compression;
using Yoso.Data.ListOps;
using Yoso.Data.Retrieval;

namespace Yoso.Data.Tests;

public sealed class LongRangeArenaReleaseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Archive => folder["lra_release.gz"];

    private void Unpack() => LongRangeArenaRelease.Unpack(Archive, folder["release"], cancellation: TestContext.Current.CancellationToken);

    private string UnpackFails()
    {
        var error = Assert.Throws<DataFormatException>(Unpack);
        Assert.Equal(["lra_release.gz"], Directory.GetFileSystemEntries(folder.ToString()).Select(Path.GetFileName));
        return error.Message;
    }

    private static (string, byte[])[] Release()
    {
        var listOps = "Source\tTarget\n( ( [MAX 2 ) ] )\t2\n"u8.ToArray();
        var pairs = "1.0\tA\tB\tone\ttwo\n"u8.ToArray();
        return
        [
            ("lra_release/listops-1000/basic_train.tsv", listOps),
            ("lra_release/lra_release/listops-1000/basic_train.tsv", "duplicate"u8.ToArray()),
            ("lra_release/lra_release/listops-1000/basic_val.tsv", listOps),
            ("lra_release/lra_release/listops-1000/basic_test.tsv", listOps),
            ("lra_release/lra_release/tsv_data/new_aan_pairs.train.tsv", pairs),
            ("lra_release/lra_release/tsv_data/new_aan_pairs.eval.tsv", pairs),
            ("lra_release/lra_release/tsv_data/new_aan_pairs.test.tsv", pairs),
            ("lra_release/lra_release/pathfinder32/curv_contour_length_14/metadata/0.npy", []),
            ("lra_release/lra_release/pathfinder256/curv_baseline/imgs/0/sample_0.png", [1]),
        ];
    }

    [Fact]
    public void Unpack_TakesWhatIsNeeded_WhereTheLoadersFindIt()
    {
        Archives.TarGz(Archive, Release());

        Unpack();
        Unpack();

        Assert.Equal(7, Directory.GetFiles(folder["release"], "*", SearchOption.AllDirectories).Length);
        var listOps = ListOpsDataSet.Prepare(
            new() { TrainCount = 1, DevCount = 1, TestCount = 1 }, folder["data"], folder["release"], cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(DataKind.Original, listOps.Manifest.Kind);
        Assert.Equal(2, listOps.Train.Label(0));
        Assert.Equal(1, AanDataSet.FromFolder(new(), folder["release"]).Prepare(folder["data"]).Train.Count);
    }

    [Fact]
    public void Unpack_LeavesNothing_WhenTheArchiveIsBad()
    {
        Archives.TarGz(Archive, [.. Release(), ("lra_release/listops-1000/../../../evil", [1])]);
        Assert.Contains("points outside the archive", UnpackFails(), StringComparison.Ordinal);

        Archives.TarGz(Archive, ("something/else", [1]));
        Assert.Contains("this is not LRA's release", UnpackFails(), StringComparison.Ordinal);

        var noise = new byte[50_000];
        new Random(1).NextBytes(noise);
        Archives.TarGz(Archive, [.. Release(), ("lra_release/listops-1000/noise", noise)]);
        Archives.Truncate(Archive, 0.7);
        Assert.Contains("download it again", UnpackFails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Unpack_WritesThroughNoLink()
    {
        Directory.CreateDirectory(folder["outside"]);
        using (var gzip = new GZipStream(File.Create(Archive), CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.SymbolicLink, "listops-1000") { LinkName = folder["outside"] });
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "listops-1000/basic_val.tsv") { DataStream = new MemoryStream([1, 2, 3]) });
        }

        Unpack();

        Assert.Empty(Directory.GetFiles(folder["outside"]));
        Assert.Equal(3, new FileInfo(folder["release/listops-1000/basic_val.tsv"]).Length);
    }
}
