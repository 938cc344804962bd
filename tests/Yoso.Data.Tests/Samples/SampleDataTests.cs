// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Yoso.Data.Samples;
using Yoso.Data.Text;

namespace Yoso.Data.Tests.Samples;

public sealed class SampleDataTests : IDisposable
{
    private static readonly ByteTextOptions Options = new() { MaxBytes = 30, PaddedLength = 32 };
    private readonly TemporaryFolder folder = new();
    private readonly List<string> files = [];

    public void Dispose() => folder.Dispose();

    private void Text(string name, string content)
    {
        if (name.EndsWith(".gz", StringComparison.Ordinal)) Archives.Gz(folder[name], Encoding.UTF8.GetBytes(content));
        else
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder[name])!);
            File.WriteAllText(folder[name], content);
        }
        files.Add(name);
    }

    private void Idx(string name, int[] dimensions, byte[] values)
    {
        byte[] header = [0, 0, 8, (byte)dimensions.Length, .. dimensions.SelectMany(d => new byte[] { (byte)(d >> 24), (byte)(d >> 16), (byte)(d >> 8), (byte)d })];
        Archives.Gz(folder[name], [.. header, .. values]);
        files.Add(name);
    }

    private string Pack()
    {
        var entries = files.Distinct().Select(name => new
        {
            path = name,
            sha256 = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(folder[name]))),
            license = "CC0-1.0",
        });
        File.WriteAllText(folder["manifest.json"], JsonSerializer.Serialize(new { version = 1, files = entries }));
        return folder.ToString();
    }

    private void Texts(string train)
    {
        Text("text/train.tsv.gz", train);
        Text("text/dev.tsv.gz", "label\ttext\n1\tdev\n");
        Text("text/test.tsv.gz", "label\ttext\n0\ttest\n");
    }

    [Fact]
    public void Text_UnescapesAndEncodes()
    {
        Texts("label\ttext\n1\tSubject: a\\n\\tb\\\\n\\r\n0\tok\n");

        var data = SampleData.Text(Options, Pack()).Prepare(folder["data"]);

        Assert.Equal("Subject: a\n\tb\\n\r", ByteText.Decode(data.Train.Sequence(0)));
        Assert.Equal([1, 0], [data.Train.Label(0), data.Train.Label(1)]);
        Assert.Equal((2, 1, 1), (data.Train.Count, data.Dev.Count, data.Test.Count));
        Assert.Equal((DataKind.Sample, "CC0-1.0"), (data.Manifest.Kind, data.Manifest.Licence));
    }

    [Theory]
    [InlineData("label\ttext\n1\ta\\q\n", "line 2, column 3: a backslash must be followed")]
    [InlineData("label\ttext\n1\ta\\\n", "line 2, column 3: a backslash must be followed")]
    [InlineData("label\ttext\n2\ta\n", "line 2, column 1: the label must be 0 or 1")]
    [InlineData("text\tlabel\n", "line 1, column 1: the header must be label<tab>text")]
    public void Text_NamesLineAndColumn_WhenMalformed(string train, string problem)
    {
        Texts(train);
        var source = SampleData.Text(Options, Pack());

        var error = Assert.Throws<DataFormatException>(() => source.Prepare(folder["data"]));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_Refuses_FilesThatAreNotThePacks()
    {
        Texts("label\ttext\n1\ta\n");
        Pack();
        Archives.Gz(folder["text/dev.tsv.gz"], "label\ttext\n0\tother\n"u8.ToArray());

        Assert.Contains("is not the file of the sample pack", Assert.Throws<DataFormatException>(() => SampleData.Text(Options, folder.ToString())).Message, StringComparison.Ordinal);
        File.Delete(folder["text/dev.tsv.gz"]);
        Assert.Contains("does not exist", Assert.Throws<DataFormatException>(() => SampleData.Text(Options, folder.ToString())).Message, StringComparison.Ordinal);
        File.WriteAllText(folder["manifest.json"], "{}");
        Assert.Contains("is not the manifest of a sample pack", Assert.Throws<DataFormatException>(() => SampleData.Text(Options, folder.ToString())).Message, StringComparison.Ordinal);
        File.Delete(folder["manifest.json"]);
        Assert.Contains("samples folder", Assert.Throws<DataFormatException>(() => SampleData.Text(Options, folder.ToString())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Retrieval_JoinsPairsWithPassages()
    {
        foreach (var split in new[] { "train", "dev", "test" }) Text($"retrieval/pairs.{split}.tsv", "label\tid1\tid2\n1\ta-1\tb-1\n0\tb-1\tb-1\n");
        Text("retrieval/passages.tsv.gz", "id\tyear\tpresident\ttext\na-1\t1790\tW\tfirst\nb-1\t1990\tB\tsecond\n");

        var data = SampleData.Retrieval(Options, Pack()).Prepare(folder["data"]);

        Assert.Equal((2, 2), (data.Train.Count, data.Train.SequencesPerExample));
        Assert.Equal(("first", "second"), (ByteText.Decode(data.Train.Sequence(0)), ByteText.Decode(data.Train.Sequence(0, 1))));

        Text("retrieval/pairs.dev.tsv", "label\tid1\tid2\n1\ta-1\tc-1\n");
        Assert.Contains("pairs.dev.tsv, line 2, column 7: no passage has the id c-1", Assert.Throws<DataFormatException>(
            () => SampleData.Retrieval(Options, Pack()).Prepare(folder["data"])).Message, StringComparison.Ordinal);
    }

    private void Images(int[] dimensions, byte[] pixels, byte[] labels)
    {
        Idx("image/train-images-idx3-ubyte.gz", [10, 28, 28], [.. Enumerable.Range(0, 7840).Select(i => (byte)(i / 784 + 1))]);
        Idx("image/train-labels-idx1-ubyte.gz", [10], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        Idx("image/t10k-images-idx3-ubyte.gz", dimensions, pixels);
        Idx("image/t10k-labels-idx1-ubyte.gz", [labels.Length], labels);
    }

    [Fact]
    public void Image_AveragesSquares_WhenShrunk()
    {
        // Columns alternate 10 and 21: every square of two has the mean 15.5, rounded up; the frame stays black.
        Images([1, 28, 28], [.. Enumerable.Range(0, 784).Select(i => (byte)(i % 2 == 0 ? 10 : 21))], [3]);

        var data = SampleData.Image(Pack(), shrink: 2).Prepare(folder["data"]);

        var image = data.Test.Sequence(0).ToArray();
        Assert.Equal((256, 256), (data.Test.PaddedLength, image.Length));
        Assert.Equal((16, 0), (image[16 + 1], image[0]));
        Assert.Equal(196, image.Count(p => p == 16));
        Assert.Throws<ArgumentException>(() => SampleData.Image(Pack(), shrink: 3));
    }

    [Fact]
    public void Image_FramesTheImage_AndSplitsNineToOne()
    {
        Images([1, 28, 28], [.. Enumerable.Range(0, 784).Select(i => (byte)(1 + (i % 28)))], [3]);

        var data = SampleData.Image(Pack()).Prepare(folder["data"]);

        Assert.Equal((9, 1, 1), (data.Train.Count, data.Dev.Count, data.Test.Count));
        Assert.Equal((9, 3), (data.Dev.Label(0), data.Test.Label(0)));
        var image = data.Test.Sequence(0).ToArray();
        Assert.Equal(784, image.Count(id => id > 0));
        Assert.All(image[..(2 * 32)], id => Assert.Equal(0, id));
        Assert.Equal([0, 0, 1, 2], image[(2 * 32)..((2 * 32) + 4)]);
        Assert.Equal([27, 28, 0, 0, 0, 0, 1], image[((29 * 32) + 28)..((29 * 32) + 32)].Concat(image[(2 * 32)..((2 * 32) + 3)]));
    }

    [Theory]
    [InlineData(new[] { 1, 32, 32 }, 1024, 1, 0, "images of 32 x 32")]
    [InlineData(new[] { 2, 28, 28 }, 1568, 1, 0, "1 labels for 2 images")]
    [InlineData(new[] { 1, 28, 28 }, 784, 1, 11, "label 1 is 11")]
    [InlineData(new[] { 1, 28, 28 }, 700, 1, 0, "damaged or cut off")]
    [InlineData(new[] { 1, 28, 28 }, 785, 1, 0, "longer than its header says")]
    [InlineData(new[] { 1 << 24, 1 << 24, 1 << 24 }, 10, 1, 0, "impossible dimensions")]
    [InlineData(new[] { -1, 28, 28 }, 10, 1, 0, "impossible dimensions")]
    [InlineData(new[] { 784 }, 784, 1, 0, "is not an idx file of bytes with 3 dimensions")]
    public void Image_SaysWhatIsWrong(int[] dimensions, int pixels, int labels, byte label, string problem)
    {
        Images(dimensions, new byte[pixels], [.. Enumerable.Repeat(label, labels)]);

        var error = Assert.Throws<DataFormatException>(() => SampleData.Image(Pack()).Prepare(folder["data"]));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }
}
