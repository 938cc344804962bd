// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;

namespace Yoso.Data.Tests.ListOps;

public class ListOpsGeneratorTests
{
    private static readonly ListOpsOptions Smoke =
        new() { MinLength = 20, MaxLength = 100, TrainCount = 300, DevCount = 50, TestCount = 70, PaddedLength = 128, Seed = 3 };

    private static (SequenceDataset Train, SequenceDataset Dev, SequenceDataset Test) Generate(ListOpsOptions options, int threads = 0) =>
        ListOpsGenerator.Generate(options, threads, null, TestContext.Current.CancellationToken);

    [Fact]
    public void Generate_GivesTheSameTrees_OnEveryMachineAndThreadCount()
    {
        var one = Generate(Smoke, 1);
        var three = Generate(Smoke, 3);

        Assert.Equal("8eddbd093737c6e0d692ab2275430a53c12316f4e48d612ce7eb92d8d702422b", one.Train.Digest);
        Assert.Equal((one.Train.Digest, one.Dev.Digest, one.Test.Digest), (three.Train.Digest, three.Dev.Digest, three.Test.Digest));
        Assert.NotEqual(one.Train.Digest, Generate(Smoke with { Seed = 4 }).Train.Digest);
    }

    [Fact]
    public void Generate_KeepsTheRules_AtSmallLengths()
    {
        var (train, dev, test) = Generate(Smoke);

        Assert.Equal((300, 50, 70), (train.Count, dev.Count, test.Count));
        Assert.Equal((32, 10, 128), (train.VocabularySize, train.ClassCount, train.PaddedLength));
        var all = new HashSet<string>();
        foreach (var split in new[] { train, dev, test })
        {
            Assert.Equal(0, ListOpsEvaluator.CountWrongLabels(split));
            for (var i = 0; i < split.Count; i++)
            {
                Assert.InRange(split.Sequence(i).Length, 21, 99);
                Assert.InRange(ListOpsEvaluator.Depth(split.Sequence(i)), 1, 9);
                Assert.True(all.Add(string.Join(' ', split.Sequence(i).ToArray())), "a tree occurs twice");
            }
        }
    }

    [Fact]
    public void Generate_PutsPrefixesFirst_WhenFewerTreesAreAskedFor()
    {
        var few = Generate(Smoke with { TrainCount = 40 });

        Assert.Equal(Generate(Smoke).Train.Take(40).Digest, few.Train.Digest);
    }

    [Fact]
    public void Generate_Stops_WhenThereAreTooFewDistinctTrees()
    {
        // Shorter than 5 tokens: an operator with two digits, 400 trees in all, and 10 digits.
        var error = Assert.Throws<InvalidOperationException>(() => Generate(new() { MinLength = 0, MaxLength = 5 }));

        Assert.StartsWith("only 410 of 100000 distinct trees", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Generate_Ends_WhenCancelled() => Assert.ThrowsAny<OperationCanceledException>(
        () => ListOpsGenerator.Generate(new(), cancellation: new CancellationToken(true)));

    [Fact]
    public void Problems_NamesEachBadOption()
    {
        var bad = new ListOpsOptions
        {
            MinLength = -1, MaxLength = 2, MaxDepth = 1, MaxArguments = 1, OperatorProbability = double.NaN, TrainCount = 0, DevCount = 0, TestCount = 0, PaddedLength = 0,
        };

        Assert.Empty(new ListOpsOptions().Problems());
        foreach (var name in new[]
        {
            nameof(bad.MinLength), nameof(bad.MaxLength), nameof(bad.MaxDepth), nameof(bad.MaxArguments), nameof(bad.OperatorProbability),
            nameof(bad.TrainCount), nameof(bad.DevCount), nameof(bad.TestCount), nameof(bad.PaddedLength),
        })
        {
            Assert.Contains(bad.Problems(), problem => problem.StartsWith(name + " is ", StringComparison.Ordinal));
        }
        Assert.Contains("no length", Assert.Throws<ArgumentException>(() => Generate(new() { MinLength = 10, MaxLength = 11 })).Message, StringComparison.Ordinal);
    }
}
