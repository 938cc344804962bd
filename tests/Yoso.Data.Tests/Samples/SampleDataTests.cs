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

    private string Speeches()
    {
        // Six speeches of three passages, 1790 to 1990; train names the first four, dev and test one each beside the last of train's years.
        string Id(int speech, int passage) => $"{1790 + (40 * speech)}-0{passage}";
        string Pairs(params int[] speeches) => "label\tid1\tid2\n" + string.Concat(speeches.Select(s => $"1\t{Id(s, 0)}\t{Id(s, 1)}\n1\t{Id(s, 1)}\t{Id(s, 2)}\n"));
        Text("retrieval/pairs.train.tsv", Pairs(0, 1, 2, 3));
        Text("retrieval/pairs.dev.tsv", Pairs(0, 4));
        Text("retrieval/pairs.test.tsv", Pairs(1, 5));
        Text("retrieval/passages.tsv.gz", "id\tyear\tpresident\ttext\n" + string.Concat(
            from speech in Enumerable.Range(0, 6) from passage in Enumerable.Range(0, 3)
            select $"{Id(speech, passage)}\t{1790 + (40 * speech)}\tW\t{new string((char)('a' + (3 * speech) + passage), 40)}\n"));
        return Pack();
    }

    [Fact]
    public void Retrieval_DrawsPairsOfTheSplitsOwnSpeeches_UnlikeOnesYearsApart()
    {
        var drawn = new SpeechPairOptions { TrainCount = 300, DevCount = 20, TestCount = 20, YearsApart = 80 };

        var data = SampleData.Retrieval(Options, Speeches(), drawn).Prepare(folder["data"]);

        Assert.Equal((300, 20, 20), (data.Train.Count, data.Dev.Count, data.Test.Count));
        Assert.Equal(150, Enumerable.Range(0, 300).Count(i => data.Train.Label(i) == 1));
        var seen = Enumerable.Range(0, 300).Select(i => (Label: data.Train.Label(i), First: data.Train.Sequence(i)[0] - 1 - 'a', Second: data.Train.Sequence(i, 1)[0] - 1 - 'a')).ToArray();
        Assert.All(seen, p => Assert.True(p.Label == 1 ? p.First / 3 == p.Second / 3 && p.First != p.Second : Math.Abs((p.First / 3) - (p.Second / 3)) >= 2));
        Assert.Equal(12, seen.Select(p => p.First).Distinct().Count());
        Assert.All(seen, p => Assert.InRange(p.Second, 0, 11));
        Assert.All(Enumerable.Range(0, 20), i => Assert.Contains((data.Dev.Sequence(i)[0] - 1 - 'a') / 3, (int[])[0, 4]));
        Assert.All(Enumerable.Range(0, 300), i => Assert.Equal(30, data.Train.Sequence(i).Length));
        Assert.Contains("at least 80 years apart", data.Manifest.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Retrieval_PutsTheEarlierPassageFirst_WhereAsked()
    {
        var drawn = new SpeechPairOptions { TrainCount = 200, DevCount = 4, TestCount = 4, YearsApart = 40, EarlierFirst = true };

        var data = SampleData.Retrieval(Options, Speeches(), drawn).Prepare(folder["data"]);

        var apart = Enumerable.Range(0, 200).Where(i => data.Train.Label(i) == 0).Select(i => ((data.Train.Sequence(i, 1)[0] - 1 - 'a') / 3) - ((data.Train.Sequence(i)[0] - 1 - 'a') / 3)).ToArray();
        Assert.All(apart, a => Assert.InRange(a, 1, 3));
        Assert.Equal(3, apart.Distinct().Count());
        Assert.Contains("at least 40 years later", data.Manifest.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void Retrieval_DrawsTheSamePairsAgain_AndOthersForAnotherSeed()
    {
        var drawn = new SpeechPairOptions { TrainCount = 50, DevCount = 4, TestCount = 4 };
        var pack = Speeches();
        string Digest(SpeechPairOptions? options, string name) => SampleData.Retrieval(Options, pack, options).Prepare(folder[name]).Manifest.Digest;

        Assert.Equal(Digest(drawn, "a"), Digest(drawn with { }, "b"));
        Assert.Equal(4, new[] { Digest(drawn, "a"), Digest(drawn with { Seed = 2 }, "a"), Digest(drawn with { YearsApart = 120 }, "a"), Digest(null, "a") }.Distinct().Count());
    }

    [Fact]
    public void Retrieval_SaysWhyNoPairsCanBeDrawn()
    {
        var drawn = new SpeechPairOptions { TrainCount = 50, DevCount = 4, TestCount = 4 };
        var pack = Speeches();

        Assert.Contains("the 12 passages of 30 bytes or more give no pairs of one speech and of speeches 121 years apart", Assert.Throws<DataFormatException>(
            () => SampleData.Retrieval(Options, pack, drawn with { YearsApart = 121 }).Prepare(folder["data"])).Message, StringComparison.Ordinal);
        Assert.Contains("the 0 passages of 41 bytes", Assert.Throws<DataFormatException>(
            () => SampleData.Retrieval(new ByteTextOptions { MaxBytes = 41, PaddedLength = 64 }, pack, drawn).Prepare(folder["data"])).Message, StringComparison.Ordinal);
        Assert.Contains("DevCount is 0", Assert.Throws<ArgumentException>(() => SampleData.Retrieval(Options, pack, drawn with { DevCount = 0 })).Message, StringComparison.Ordinal);
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
