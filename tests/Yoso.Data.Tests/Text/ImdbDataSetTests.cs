// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Text;

namespace Yoso.Data.Tests.Text;

public sealed class ImdbDataSetTests : IDisposable
{
    private static readonly ByteTextOptions Options = new() { MaxBytes = 8, PaddedLength = 16 };
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Archive => folder["aclImdb_v1.tar.gz"];

    private static (string, byte[])[] Reviews() =>
    [
        ("aclImdb/README", "about"u8.ToArray()),
        ("aclImdb/test/neg/0_2.txt", "bad"u8.ToArray()),
        ("aclImdb/test/neg/1_1.txt", "very very bad"u8.ToArray()),
        ("aclImdb/test/pos/0_10.txt", "bon: é"u8.ToArray()),
        ("aclImdb/test/pos/1_7.txt", "<br />"u8.ToArray()),
        ("aclImdb/train/neg/0_3.txt", "n0"u8.ToArray()),
        ("aclImdb/train/neg/1_3.txt", "n1"u8.ToArray()),
        ("aclImdb/train/pos/1_9.txt", "p1"u8.ToArray()),
        ("aclImdb/train/pos/0_9.txt", "p0"u8.ToArray()),
        ("aclImdb/train/unsup/0_0.txt", "no label"u8.ToArray()),
    ];

    private ClassificationData Prepare() => ImdbDataSet.FromArchive(Options, Archive, reviewsPerClass: 2).Prepare(folder["data"]);

    private string PrepareFails()
    {
        var error = Assert.Throws<DataFormatException>(Prepare);
        Assert.DoesNotContain('\n', error.Message);
        if (Directory.Exists(folder["data/text"])) Assert.Empty(Directory.GetFileSystemEntries(folder["data/text"]));
        return error.Message;
    }

    [Fact]
    public void Prepare_ReadsEveryLabelledReview()
    {
        Archives.TarGz(Archive, Reviews());

        var data = Prepare();

        Assert.Equal(["n0", "p0", "n1", "p1"], Enumerable.Range(0, 4).Select(i => ByteText.Decode(data.Train.Sequence(i))));
        Assert.Equal([0, 1, 0, 1], Enumerable.Range(0, 4).Select(data.Train.Label));
        Assert.Equal("very ver", ByteText.Decode(data.Test.Sequence(2)));
        Assert.Equal([98 + 1, 111 + 1, 110 + 1, 58 + 1, 32 + 1, 0xC3 + 1, 0xA9 + 1], data.Test.Sequence(1).ToArray());
        Assert.Equal(data.Test.Digest, data.Dev.Digest);
        Assert.Equal((512, 2, 16), (data.Train.VocabularySize, data.Train.ClassCount, data.Train.PaddedLength));
        Assert.Equal(DataKind.Original, data.Manifest.Kind);
        Assert.Equal(data.Manifest.Digest, ImdbDataSet.FromArchive(Options, Archive, 2).Find(folder["data"])!.Digest);
        Assert.Null(ImdbDataSet.FromArchive(Options with { MaxBytes = 7 }, Archive, 2).Find(folder["data"]));
    }

    [Fact]
    public void FromArchive_CutsDevFromTrain_WhenAsked()
    {
        Archives.TarGz(Archive, [.. from split in new[] { "train", "test" } from label in new[] { "neg", "pos" } from i in Enumerable.Range(0, 20) select ($"aclImdb/{split}/{label}/{i}_5.txt", Encoding.UTF8.GetBytes($"{split[..2]}{label[0]}{i}"))]);

        var data = ImdbDataSet.FromArchive(Options, Archive, reviewsPerClass: 20, devFromTrain: true).Prepare(folder["data"]);

        Assert.Equal((36, 4, 40), (data.Train.Count, data.Dev.Count, data.Test.Count));
        Assert.Equal(["trn9", "trp9", "trn19", "trp19"], Enumerable.Range(0, 4).Select(i => ByteText.Decode(data.Dev.Sequence(i))));
        Assert.DoesNotContain("trp9", Enumerable.Range(0, 36).Select(i => ByteText.Decode(data.Train.Sequence(i))));
        Assert.Equal("dev is every tenth pair of training reviews", data.Manifest.Note);
        Assert.Null(ImdbDataSet.FromArchive(Options, Archive, 20).Find(folder["data"]));
    }

    [Fact]
    public void FromArchive_ExpectsThePublishedNumberOfReviews()
    {
        Archives.TarGz(Archive, Reviews());

        var error = Assert.Throws<DataFormatException>(() => ImdbDataSet.FromArchive(Options, Archive).Prepare(folder["data"]));

        Assert.Contains("has 2 negative train reviews instead of 12500", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2)]
    [InlineData(0.6)]
    [InlineData(0.95)]
    public void Prepare_SaysDamaged_WhenTheArchiveIsCutOff(double share)
    {
        var noise = new byte[20_000];
        new Random(1).NextBytes(noise);
        Archives.TarGz(Archive, [("aclImdb/noise", noise), .. Reviews()]);
        Archives.Truncate(Archive, share);

        Assert.Contains("download it again", PrepareFails(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../aclImdb/train/neg/9_1.txt")]
    [InlineData("aclImdb/../../evil.txt")]
    [InlineData("/etc/evil.txt")]
    [InlineData("aclImdb\\..\\evil.txt")]
    [InlineData("C:/evil.txt")]
    public void Prepare_Refuses_EntriesThatPointOutside(string name)
    {
        Archives.TarGz(Archive, [.. Reviews(), (name, "x"u8.ToArray())]);

        Assert.Contains("points outside the archive", PrepareFails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NamesTheReviewAndByte_WhenItIsNotUtf8()
    {
        var reviews = Reviews();
        reviews[6].Item2 = [.. "ok "u8, 0xC3, 0x28];
        Archives.TarGz(Archive, reviews);

        Assert.Contains("aclImdb/train/neg/1_3.txt is not UTF-8 at byte 4", PrepareFails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_Refuses_OtherFiles()
    {
        File.WriteAllText(Archive, "<html>not found</html>");
        Assert.Contains("not a .tar.gz file", PrepareFails(), StringComparison.Ordinal);

        Archives.Gz(Archive, Encoding.ASCII.GetBytes(new string('x', 2000)));
        Assert.Contains("not a .tar.gz file", PrepareFails(), StringComparison.Ordinal);

        Archives.TarGz(Archive, [.. Reviews(), ("aclImdb/train/neg/one.txt", [])]);
        Assert.Contains("is not named", PrepareFails(), StringComparison.Ordinal);

        Archives.TarGz(Archive, [.. Reviews(), ("aclImdb/train/neg/0_4.txt", [])]);
        Assert.Contains("number of another review", PrepareFails(), StringComparison.Ordinal);

        Archives.TarGz(Archive, [.. Reviews(), ("aclImdb/train/neg/5_4.txt", new byte[5_000_000])]);
        Assert.Contains("at most 4194304 are expected", PrepareFails(), StringComparison.Ordinal);

        File.Delete(Archive);
        Assert.Contains("does not exist", PrepareFails(), StringComparison.Ordinal);
    }

    [Fact]
    public void Problems_NamesBadOptions()
    {
        Assert.Empty(new ByteTextOptions().Problems());
        Assert.Contains("PaddedLength is 16", Assert.Single(new ByteTextOptions { PaddedLength = 16 }.Problems()), StringComparison.Ordinal);
        Assert.Contains("MaxBytes is 0", Assert.Single(new ByteTextOptions { MaxBytes = 0 }.Problems()), StringComparison.Ordinal);
    }
}
