// SPDX-License-Identifier: MIT
using Yoso.Data.Images;

namespace Yoso.Data.Tests.Images;

public sealed class CifarDataSetTests : IDisposable
{
    private const int Record = 3073;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Archive => folder["cifar-10-binary.tar.gz"];

    /// <summary>Four images a batch; image i of batch b is filled with the colour (b, i, 200) and has label i.</summary>
    private static (string, byte[])[] Batches() =>
    [
        ("cifar-10-batches-bin/readme.html", []),
        .. Enumerable.Range(1, 6).Select(b => ($"cifar-10-batches-bin/{(b == 6 ? "test_batch" : $"data_batch_{b}")}.bin",
            Enumerable.Range(0, 4).SelectMany(i => (byte[])[(byte)i, .. Filled(b), .. Filled(i), .. Filled(200)]).ToArray())),
    ];

    private static byte[] Filled(int value) => [.. Enumerable.Repeat((byte)value, 1024)];

    private ClassificationData Prepare() => CifarDataSet.FromArchive(Archive, imagesPerBatch: 4).Prepare(folder["data"]);

    [Fact]
    public void Prepare_SplitsTrainNineToOne_InGrey()
    {
        Archives.TarGz(Archive, Batches());

        var data = Prepare();

        Assert.Equal((18, 2, 4), (data.Train.Count, data.Dev.Count, data.Test.Count));
        Assert.Equal((1024, 512, 10), (data.Train.PaddedLength, data.Train.VocabularySize, data.Train.ClassCount));
        Assert.Equal([0, 1, 2, 3, 0], Enumerable.Range(0, 5).Select(data.Train.Label));
        Assert.Equal([2, 3], Enumerable.Range(0, 2).Select(data.Dev.Label));
        Assert.All(data.Test.Sequence(3).ToArray(), id => Assert.Equal(CifarDataSet.Grey(6, 3, 200), id));
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(255, 255, 255, 255)]
    [InlineData(255, 0, 0, 76)]
    [InlineData(0, 255, 0, 149)]
    [InlineData(0, 0, 255, 29)]
    [InlineData(10, 20, 30, 18)]
    public void Grey_IsTensorFlows(byte red, byte green, byte blue, byte grey) => Assert.Equal(grey, CifarDataSet.Grey(red, green, blue));

    [Fact]
    public void Prepare_NamesTheBatch_WhenItIsWrong()
    {
        var batches = Batches();
        batches[2].Item2 = batches[2].Item2[..^1];
        Archives.TarGz(Archive, batches);
        Assert.Contains($"data_batch_2.bin has {(4 * Record) - 1} bytes instead of 4 records of 3073", Assert.Throws<DataFormatException>(Prepare).Message, StringComparison.Ordinal);

        Archives.TarGz(Archive, Batches()[..6]);
        Assert.Contains("lacks test_batch.bin", Assert.Throws<DataFormatException>(Prepare).Message, StringComparison.Ordinal);

        batches = Batches();
        batches[6].Item2[2 * Record] = 10;
        Archives.TarGz(Archive, batches);
        Assert.Contains("test_batch.bin, image 3 has label 10", Assert.Throws<DataFormatException>(Prepare).Message, StringComparison.Ordinal);

        Archives.Truncate(Archive, 0.5);
        Assert.Contains("damaged, cut off", Assert.Throws<DataFormatException>(Prepare).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder["data/image"]));
    }
}
