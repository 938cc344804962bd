// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Baselines;
using Yoso.Data.Text;

namespace Yoso.Data.Tests.Baselines;

public class SequenceBaselinesTests
{
    private static SequenceDataset Texts(params (int Label, string Text)[] texts) => SequenceDataset.FromExamples(
        [.. texts.Select(text => (text.Label, ByteText.Encode(Encoding.UTF8.GetBytes(text.Text), 100)))], new(1, 100, 512, 2));

    private static SequenceDataset Pairs(params (int Label, string First, string Second)[] pairs)
    {
        var ids = pairs.SelectMany(pair => new[] { pair.First, pair.Second }).Select(text => ByteText.Encode(Encoding.UTF8.GetBytes(text), 100)).ToList();
        var offsets = new long[ids.Count + 1];
        for (var i = 0; i < ids.Count; i++) offsets[i + 1] = offsets[i] + ids[i].Length;
        return SequenceDataset.FromArrays([.. ids.SelectMany(text => text)], offsets, [.. pairs.Select(pair => pair.Label)], new(2, 100, 512, 2));
    }

    [Fact]
    public void MajorityClass_IsTheTrainingSplits()
    {
        var train = Texts((1, "a"), (1, "b"), (0, "c"));

        Assert.Equal(25, SequenceBaselines.MajorityClass(train, Texts((1, "a"), (0, "a"), (0, "a"), (0, "a"))));
        Assert.Equal(100, SequenceBaselines.MajorityClass(Texts((1, "a"), (0, "b")), Texts((0, "x"))));
    }

    [Fact]
    public void BagOfBytes_TellsTextsByTheirLetters()
    {
        var train = Texts((0, "aaab"), (0, "aab"), (1, "zzzb"), (1, "zzb"));

        Assert.Equal(100, SequenceBaselines.BagOfBytes(train, Texts((0, "baab"), (1, "bzbz"))));
        Assert.Equal(0, SequenceBaselines.BagOfBytes(train, Texts((1, "baab"), (0, "bzbz"))));
    }

    [Fact]
    public void NearestCentroid_ComparesWithMeanImages()
    {
        var shape = new SequenceShape(1, 4, 256, 3);
        var train = SequenceDataset.FromExamples([(0, [200, 0, 0, 0]), (0, [100, 0, 0, 0]), (2, [0, 0, 0, 150])], shape);

        Assert.Equal(100, SequenceBaselines.NearestCentroid(train, SequenceDataset.FromExamples([(0, [90, 0, 0, 60]), (2, [60, 0, 0, 90])], shape)));
        Assert.Equal(50, SequenceBaselines.NearestCentroid(train, SequenceDataset.FromExamples([(1, [90, 0, 0, 60]), (2, [0, 0, 0, 90])], shape)));
    }

    [Fact]
    public void SimilarityThreshold_TellsPairsByCommonRareWords()
    {
        var train = Pairs(
            (1, "The parser of trees", "the trees: a PARSER"), (1, "the speech model", "a speech model of the ear"),
            (0, "the parser of trees", "a model of the ear"), (0, "the speech model", "a parser of the trees"));

        Assert.Equal(100, SequenceBaselines.SimilarityThreshold(train, Pairs((1, "trees, parser", "the parser trees"), (0, "the trees", "the speech"))));
        Assert.Equal(0, SequenceBaselines.SimilarityThreshold(train, Pairs((0, "trees, parser", "the parser trees"), (1, "the trees", ""))));
        Assert.Throws<ArgumentException>(() => SequenceBaselines.SimilarityThreshold(Texts((0, "a")), Texts((0, "a"))));
    }

    [Fact]
    public void BestThreshold_IsRightMostOften()
    {
        Assert.Equal(0.5, SequenceBaselines.BestThreshold([(0.9, 1), (0.5, 1), (0.4, 0), (0.1, 0)]));
        Assert.Equal(0.5, SequenceBaselines.BestThreshold([(0.5, 1), (0.5, 1), (0.5, 0), (0.1, 0)]));
        Assert.Equal(double.PositiveInfinity, SequenceBaselines.BestThreshold([(0.5, 0), (0.4, 0)]));
    }

    [Fact]
    public void Baselines_Refuse_NothingAndOtherTasks()
    {
        var data = Texts((0, "a"));

        Assert.Throws<ArgumentException>(() => SequenceBaselines.MajorityClass(data.Take(0), data));
        Assert.Throws<ArgumentException>(() => SequenceBaselines.MajorityClass(data, SequenceDataset.FromExamples([(0, [1])], new(1, 7, 512, 2))));
    }
}
