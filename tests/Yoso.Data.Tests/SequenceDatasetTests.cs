// SPDX-License-Identifier: MIT
using Yoso.Data;

namespace Yoso.Data.Tests;

public sealed class SequenceDatasetTests : IDisposable
{
    private static readonly SequenceShape Shape = new(1, 6, 20, 3);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static SequenceDataset Small() => SequenceDataset.FromExamples(
        [(0, [1, 2, 3]), (2, []), (1, [19, 0, 7, 7, 7, 7])], Shape);

    [Fact]
    public void Open_GivesBackEveryExample_AfterSave()
    {
        Small().Save(folder["a.seq"]);

        var data = SequenceDataset.Open(folder["a.seq"]);

        data.Verify();
        Assert.Equal((3, 1, 6, 20, 3), (data.Count, data.SequencesPerExample, data.PaddedLength, data.VocabularySize, data.ClassCount));
        Assert.Equal([0, 2, 1], Enumerable.Range(0, 3).Select(data.Label));
        Assert.Equal([1, 2, 3], data.Sequence(0).ToArray());
        Assert.Empty(data.Sequence(1).ToArray());
        Assert.Equal([19, 0, 7, 7, 7, 7], data.Sequence(2).ToArray());
        Assert.Equal(["a.seq"], Directory.GetFiles(folder.ToString()).Select(Path.GetFileName));
    }

    [Fact]
    public void Writer_StoresPairs_WhenAnExampleHasTwoSequences()
    {
        using (var writer = new SequenceFileWriter(folder["p.seq"], Shape with { SequencesPerExample = 2 }))
        {
            writer.Add(1, [4], [5, 6]);
            writer.Add(0, [], [7]);
            Assert.Throws<ArgumentException>(() => writer.Add(0, [1]));
            Assert.Throws<ArgumentException>(() => writer.Add(0, [1], [99]));
            writer.Complete();
        }

        var data = SequenceDataset.Open(folder["p.seq"]);

        data.Verify();
        Assert.Equal(2, data.Count);
        Assert.Equal([4], data.Sequence(0).ToArray());
        Assert.Equal([5, 6], data.Sequence(0, 1).ToArray());
        Assert.Equal([7], data.Sequence(1, 1).ToArray());
    }

    [Fact]
    public void Sequence_GivesPagesBack_WhenMoreIsReadThanMayStay()
    {
        const int length = 4096, count = 12_000; // 98 MB
        var path = folder["big.seq"];
        var row = new ushort[length];
        using (var writer = new SequenceFileWriter(path, new SequenceShape(1, length, 1000, 2)))
        {
            for (var i = 0; i < count; i++)
            {
                Array.Fill(row, (ushort)(i % 1000));
                writer.Add(i % 2, row);
            }

            writer.Complete();
        }

        var data = SequenceDataset.Open(path);
        var most = 0L;
        for (var i = 0; i < count; i++)
        {
            // From both ends, so that no part is the one just read.
            var sequence = data.Sequence(i % 2 == 0 ? i : count - i);
            Assert.False(sequence.ContainsAnyExcept(sequence[0]));
            Assert.Equal((i % 2 == 0 ? i : count - i) % 1000, sequence[0]);
            most = i % 500 == 0 ? Math.Max(most, ResidentMegabytes(path)) : most;
        }

        Assert.InRange(most, 0, 30); // 8 MB and what the system maps around a page; all 98 would be resident without giving back
    }

    /// <summary>Of the mapping of a file; 0 where the system does not say.</summary>
    private static long ResidentMegabytes(string path) => !File.Exists("/proc/self/smaps") ? 0 : File.ReadLines("/proc/self/smaps")
        .SkipWhile(line => !line.EndsWith(path, StringComparison.Ordinal))
        .Where(line => line.StartsWith("Rss:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.AsSpan(4).Trim()[..^3], System.Globalization.CultureInfo.InvariantCulture) / 1024)
        .FirstOrDefault();

    [Fact]
    public void Writer_LeavesNothing_WhenNotCompleted()
    {
        using (var writer = new SequenceFileWriter(folder["a.seq"], Shape)) writer.Add(0, [1]);

        Assert.Empty(Directory.GetFiles(folder.ToString()));
    }

    [Fact]
    public void Digest_IsTheContentsAlone_OnEveryMachine()
    {
        Small().Save(folder["a.seq"]);

        Assert.Equal("482b84910176a55f4679ac633cf89505807bd0b264362b6859661abfa44c8fea", Small().Digest);
        Assert.Equal(Small().Digest, SequenceDataset.Open(folder["a.seq"]).Digest);
        Assert.NotEqual(Small().Digest, Small().Take(2).Digest);
        Assert.NotEqual(Small().Digest, SequenceDataset.FromExamples([(0, [1, 2, 3]), (2, []), (1, [19, 0, 7, 7, 7, 8])], Shape).Digest);
    }

    [Fact]
    public void Take_IsAPrefix_WithTheDigestOfItsContent()
    {
        Small().Save(folder["a.seq"]);

        var prefix = SequenceDataset.Open(folder["a.seq"]).Take(2);

        Assert.Equal(2, prefix.Count);
        Assert.Equal(SequenceDataset.FromExamples([(0, [1, 2, 3]), (2, [])], Shape).Digest, prefix.Digest);
        Assert.Throws<ArgumentOutOfRangeException>(() => prefix.Label(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => prefix.Sequence(-1).Length);
        Assert.Equal(3, Small().Take(99).Count);
    }

    [Theory]
    [InlineData(0, "is not a sequence file")]
    [InlineData(5, "is not a sequence file")]
    [InlineData(60, "is cut off inside its header")]
    [InlineData(130, "its header says")]
    [InlineData(-1, "its header says")]
    public void Open_NamesTheFile_WhenItIsCutOff(int length, string problem)
    {
        Small().Save(folder["a.seq"]);
        using (var stream = File.OpenWrite(folder["a.seq"])) stream.SetLength(length < 0 ? stream.Length + length : length);

        var error = Assert.Throws<DataFormatException>(() => SequenceDataset.Open(folder["a.seq"]));

        Assert.Contains(folder["a.seq"], error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Theory]
    [InlineData(0, "is not a sequence file")]
    [InlineData(8, "format version")]
    [InlineData(14, "damaged header")]
    [InlineData(100, "damaged header")]
    public void Open_SaysWhatIsWrong_WhenAHeaderByteChanged(int at, string problem)
    {
        Small().Save(folder["a.seq"]);
        Flip(at);

        var error = Assert.Throws<DataFormatException>(() => SequenceDataset.Open(folder["a.seq"]));

        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_FindsEveryChangedByte_BehindTheHeader()
    {
        Small().Save(folder["a.seq"]);
        var whole = File.ReadAllBytes(folder["a.seq"]);
        var padding = (2 * 9) % 8; // ids end here, zeros up to the offsets are not content

        for (var at = 128; at < whole.Length; at++)
        {
            if (at >= 128 + 18 && at < 128 + 18 + (8 - padding)) continue;
            var path = folder[$"{at}.seq"];
            var bytes = (byte[])whole.Clone();
            bytes[at] ^= 0x40;
            File.WriteAllBytes(path, bytes);

            Assert.Throws<DataFormatException>(() => SequenceDataset.Open(path).Verify());
        }
    }

    [Fact]
    public void Open_SaysToPrepareFirst_WhenTheFileIsMissing()
    {
        var error = Assert.Throws<DataFormatException>(() => SequenceDataset.Open(folder["none.seq"]));

        Assert.Contains("prepare the data set first", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FromArrays_RefusesWhatLeavesTheShape()
    {
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays([20], [0, 1], [0], Shape));
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays([1], [0, 1], [3], Shape));
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays([1], [0, 1], [-1], Shape));
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays(new ushort[7], [0, 7], [0], Shape));
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays([1, 2], [0, 2, 1, 2], [0, 0, 0], Shape));
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays([1, 2], [0, 1], [0], Shape));
        Assert.Throws<ArgumentException>(() => SequenceDataset.FromArrays([], [0], [], Shape with { PaddedLength = 0 }));
    }

    private void Flip(int at)
    {
        var bytes = File.ReadAllBytes(folder["a.seq"]);
        bytes[at] ^= 1;
        File.WriteAllBytes(folder["a.seq"], bytes);
    }
}
