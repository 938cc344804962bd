// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;

namespace Yoso.Data.Tests.ListOps;

/// <summary>
/// The generator's statistics against its rules and against those measured on 100,000 trees of LRA's own rules. Each bound is passed by a right generator with
/// probability 1 - 1e-6 over seeds: 4.9 standard errors, or the chi-square quantile; where the expected value was itself measured, its standard error is added.
/// </summary>
public class ListOpsDistributionTests
{
    private const double Z = 4.9;
    private static readonly Lazy<SequenceDataset> Kept = new(() =>
        ListOpsGenerator.Generate(new() { TrainCount = 20_000, DevCount = 1, TestCount = 1, Seed = 11 }).Train);

    [Fact]
    public void Nodes_FollowTheRules_WhenLengthIsFree()
    {
        // All trees up to 65535 tokens; with a mean of 132 the cut-off tail cannot be seen here.
        var builder = new ListOpsTreeBuilder(new() { MinLength = 0, MaxLength = 65_536, PaddedLength = 65_536, Seed = 5 });
        long nodes = 0, operatorNodes = 0;
        var operators = new long[4];
        var digits = new long[10];
        var argumentCounts = new long[9];
        for (ulong i = 0; i < 20_000; i++)
        {
            if (!builder.TryDraw(i)) continue;
            var open = new Stack<int>();
            foreach (var token in builder.Tokens)
            {
                if (token == ListOpsTokens.Close)
                {
                    argumentCounts[open.Pop() - 2]++;
                    continue;
                }
                if (open.TryPop(out var arguments)) open.Push(arguments + 1);
                var depth = open.Count + 1;
                if (depth < 10) nodes++;
                if (ListOpsTokens.IsOperator(token))
                {
                    Assert.InRange(depth, 1, 9);
                    operatorNodes++;
                    operators[token - ListOpsTokens.Min]++;
                    open.Push(0);
                }
                else
                {
                    digits[token - ListOpsTokens.Zero]++;
                }
            }
        }

        Assert.True(nodes > 500_000, $"only {nodes} nodes");
        AssertShare(0.25, operatorNodes, nodes);
        Assert.InRange(ChiSquareUniform(operators), 0, 30.7);      // 3 degrees of freedom
        Assert.InRange(ChiSquareUniform(argumentCounts), 0, 42.7); // 8
        Assert.InRange(ChiSquareUniform(digits), 0, 44.9);         // 9
    }

    [Fact]
    public void AcceptanceRate_IsMeasuredOne() => AssertShare(0.082, (long)(ListOpsGenerator.AcceptanceRate(new() { Seed = 6 }, 200_000) * 200_000), 200_000, 0.0005);

    [Fact]
    public void Lengths_HaveMeasuredDistribution()
    {
        var lengths = Enumerable.Range(0, Kept.Value.Count).Select(i => Kept.Value.Sequence(i).Length).Order().ToArray();
        var mean = lengths.Average();
        var deviation = Math.Sqrt(lengths.Average(length => (length - mean) * (length - mean)));
        var standardError = deviation * Math.Sqrt((1.0 / lengths.Length) + (1.0 / 100_000));

        Assert.InRange(mean, 1036 - (Z * standardError), 1036 + (Z * standardError));
        AssertShare(0.5, lengths.Count(length => length < 954), lengths.Length, 0.5 / Math.Sqrt(100_000));
        AssertShare(0.9, lengths.Count(length => length < 1647), lengths.Length, 0.3 / Math.Sqrt(100_000));
        Assert.InRange(lengths[0], 501, 510);
        Assert.InRange(lengths[^1], 1990, 1999);
    }

    [Fact]
    public void Labels_HaveMeasuredHistogram()
    {
        double[] expected = [0.168, 0.092, 0.076, 0.086, 0.089, 0.085, 0.077, 0.073, 0.088, 0.166];
        var data = Kept.Value;
        var counts = Enumerable.Range(0, data.Count).GroupBy(data.Label).ToDictionary(group => group.Key, group => group.Count());
        var entropy = -counts.Values.Sum(count => (double)count / data.Count * Math.Log((double)count / data.Count));

        for (var label = 0; label < 10; label++) AssertShare(expected[label], counts[label], data.Count, 0.0012);
        Assert.InRange(entropy, 2.251 - 0.012, 2.251 + 0.012); // standard error of the entropy at 20,000 labels: 0.0022
        Assert.Equal(0, ListOpsEvaluator.CountWrongLabels(data));
    }

    [Fact]
    public void Tokens_HaveMeasuredShares()
    {
        var data = Kept.Value;
        var counts = new long[16];
        var roots = new long[4];
        for (var i = 0; i < data.Count; i++)
        {
            foreach (var id in data.Sequence(i)) counts[id]++;
            roots[data.Sequence(i)[0] - ListOpsTokens.Min]++;
        }
        var total = (double)counts.Sum();

        // Operators share a tree's length with digits, so shares vary little from tree to tree; 20 million tokens leave less than 0.0002 of sampling error.
        Assert.Equal(0, counts[ListOpsTokens.Padding]);
        for (var id = ListOpsTokens.Min; id <= ListOpsTokens.SumModulo; id++) Assert.InRange(counts[id] / total, 0.0356 - 0.0006, 0.0356 + 0.0006);
        Assert.InRange(counts[ListOpsTokens.Close] / total, 0.1423 - 0.001, 0.1423 + 0.001);
        for (var id = 0; id < 10; id++) Assert.InRange(counts[ListOpsTokens.Zero + id] / total, 0.0715 - 0.0006, 0.0715 + 0.0006);
        Assert.InRange(ChiSquareUniform(roots), 0, 30.7);
    }

    [Fact]
    public void Depth_ReachesNine_AndNoMore()
    {
        var depths = Enumerable.Range(0, 2000).Select(i => ListOpsEvaluator.Depth(Kept.Value.Sequence(i))).ToArray();

        Assert.Equal(9, depths.Max());
        Assert.True(depths.Count(depth => depth == 9) > 1000, "most long trees are nested as deep as allowed");
    }

    [Fact]
    public void Baselines_ReachMeasuredAccuracies()
    {
        // Percent on the training trees, as measured on 96,000; at 20,000 the standard error is below 0.36.
        var scores = ListOpsBaselines.Score(Kept.Value, Kept.Value, 2).ToDictionary(score => score.Rule, score => score.AccuracyPercent);

        Assert.InRange(scores[ListOpsBaselines.MajorityClass], 16.8 - 1.8, 16.8 + 1.8);
        Assert.InRange(scores[ListOpsBaselines.RootOperator], 35.9 - 1.8, 35.9 + 1.8);
        Assert.InRange(scores[ListOpsBaselines.RootOperatorAndArguments], 36.1 - 1.8, 36.1 + 1.8);
        Assert.InRange(scores[ListOpsBaselines.DirectDigits], 48.3 - 1.8, 48.3 + 1.8);
        Assert.InRange(scores[ListOpsBaselines.TreeToDepth(1)], 57.9 - 6, 57.9 + 6); // measured on 2,000 test trees: standard error 1.1
        Assert.InRange(scores[ListOpsBaselines.TreeToDepth(2)], 73.9 - 5, 73.9 + 5); // 1.0
    }

    private static void AssertShare(double expected, long count, long total, double standardErrorOfExpected = 0)
    {
        var standardError = Math.Sqrt((expected * (1 - expected) / total) + (standardErrorOfExpected * standardErrorOfExpected));
        Assert.InRange((double)count / total, expected - (Z * standardError), expected + (Z * standardError));
    }

    private static double ChiSquareUniform(long[] counts)
    {
        var expected = counts.Sum() / (double)counts.Length;
        return counts.Sum(count => (count - expected) * (count - expected) / expected);
    }
}
