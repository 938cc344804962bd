// SPDX-License-Identifier: MIT
using Yoso.Data.Images;
using Yoso.Data.Pathfinder;

namespace Yoso.Data.Tests.Pathfinder;

public sealed class PathfinderReleaseTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Release => folder["lra_release/lra_release/pathfinder32/curv_contour_length_14"];

    /// <summary>Twenty images in two batches; image i is filled with i + 1 and has label i % 2.</summary>
    private void Write()
    {
        Directory.CreateDirectory(Path.Combine(Release, "metadata"));
        for (var batch = 0; batch < 2; batch++)
        {
            Directory.CreateDirectory(Path.Combine(Release, $"imgs/{batch}"));
            var lines = "";
            for (var i = 0; i < 10; i++)
            {
                var number = (batch * 10) + i;
                lines += $"imgs/{batch} sample_{i}.png {i} {number % 2} 1.0 14 4 2 0.5 1 1\n";
                File.WriteAllBytes(Image(batch, i), GreyPng.Write(32, 32, Enumerable.Repeat((byte)(number + 1), 1024).ToArray()));
            }
            File.WriteAllText(Metadata(batch), lines);
        }
    }

    private string Image(int batch, int i) => Path.Combine(Release, $"imgs/{batch}/sample_{i}.png");

    private string Metadata(int batch) => Path.Combine(Release, $"metadata/{batch}.npy");

    private ClassificationData Prepare() => PathfinderDataSet.Release(folder.ToString()).Prepare(folder["data"]);

    private string PrepareFails()
    {
        var error = Assert.Throws<DataFormatException>(Prepare);
        Assert.Empty(Directory.GetFileSystemEntries(folder["data/pathfinder"]));
        return error.Message;
    }

    [Fact]
    public void Prepare_ReadsEveryImageOnce_WithItsLabel()
    {
        Write();

        var data = Prepare();

        Assert.Equal((16, 2, 2), (data.Train.Count, data.Dev.Count, data.Test.Count));
        var seen = new List<int>();
        foreach (var split in new[] { data.Train, data.Dev, data.Test })
        {
            for (var i = 0; i < split.Count; i++)
            {
                var number = split.Sequence(i)[0] - 1;
                Assert.Equal(number % 2, split.Label(i));
                seen.Add(number);
            }
        }
        Assert.Equal(Enumerable.Range(0, 20), seen.Order());
        Assert.NotEqual(Enumerable.Range(0, 20), seen);
        Assert.Equal(DataKind.Original, data.Manifest.Kind);
    }

    [Fact]
    public void Prepare_SkipsEmptyImages_AndCountsThem()
    {
        Write();
        File.WriteAllBytes(Image(0, 3), []);
        File.WriteAllBytes(Image(1, 4), []);

        var data = Prepare();

        Assert.Equal(18, data.Train.Count + data.Dev.Count + data.Test.Count);
        Assert.Contains("2 empty image files skipped", data.Manifest.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NamesTheFile_WhenAnImageIsDamaged()
    {
        Write();
        var whole = File.ReadAllBytes(Image(1, 2));
        File.WriteAllBytes(Image(1, 2), whole[..^20]);
        Assert.Contains("sample_2.png is a PNG image that is cut off", PrepareFails(), StringComparison.Ordinal);

        whole[50] ^= 1;
        File.WriteAllBytes(Image(1, 2), whole);
        Assert.Contains("sample_2.png is a damaged PNG image", PrepareFails(), StringComparison.Ordinal);

        File.WriteAllText(Image(1, 2), "GIF89a..");
        Assert.Contains("sample_2.png is not a PNG image", PrepareFails(), StringComparison.Ordinal);

        File.WriteAllBytes(Image(1, 2), GreyPng.Write(16, 32, new byte[512]));
        Assert.Contains("has 16 x 32 pixels, 32 x 32 are expected", PrepareFails(), StringComparison.Ordinal);

        File.Delete(Image(1, 2));
        Assert.Contains("sample_2.png is missing", PrepareFails(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("imgs/1 sample_0.png 0", "1.npy, line 1, column 1: folder, file, index and label are expected")]
    [InlineData("imgs/1 sample_0.png 0 2 1.0", "column 4, the label, must be 0 or 1, not 2")]
    [InlineData("../.. secret.png 0 1 1.0", "the image lies outside the folder")]
    [InlineData("/etc passwd 0 1 1.0", "the image lies outside the folder")]
    public void Prepare_NamesTheLine_WhenMetadataIsMalformed(string line, string problem)
    {
        Write();
        File.WriteAllText(Metadata(1), line + "\n");

        Assert.Contains(problem, PrepareFails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Release_SaysWhatToDo_WhenThereIsNone() =>
        Assert.Contains("unpack the release there", Assert.Throws<DataFormatException>(() => PathfinderDataSet.Release(folder.ToString())).Message, StringComparison.Ordinal);
}
