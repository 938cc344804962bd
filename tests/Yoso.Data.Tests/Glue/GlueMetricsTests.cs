// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Data.Glue;

namespace Yoso.Data.Tests.Glue;

/// <summary>Expected values are worked out by hand from the definitions; the arithmetic is beside them.</summary>
public sealed class GlueMetricsTests
{
    // TP 3, FP 1, FN 2, TN 4.
    private static readonly int[] Predicted = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0];
    private static readonly int[] Actual = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0];

    [Fact]
    public void Accuracy_CountsRightOnes() => Assert.Equal(0.7, GlueMetrics.Accuracy(Predicted, Actual), 12);

    [Fact]
    public void F1_IsOfClassOne() => Assert.Equal(6.0 / 9, GlueMetrics.Compute(GlueMetric.F1, Predicted, Actual), 12); // 2·3 / (2·3 + 1 + 2)

    [Fact]
    public void NegativeF1_IsOfClassZero() => Assert.Equal(8.0 / 11, GlueMetrics.Compute(GlueMetric.NegativeF1, Predicted, Actual), 12); // 2·4 / (2·4 + 2 + 1)

    [Fact]
    public void Matthews_IsMatthewsFormula_ForTwoClasses() =>
        Assert.Equal((3 * 4 - 1 * 2) / Math.Sqrt(4 * 5 * 5 * 6), GlueMetrics.Matthews(Predicted, Actual), 12); // (TP·TN - FP·FN) / sqrt of the four margins

    [Fact]
    public void Matthews_OfThreeClasses()
    {
        // n 5, right 4; predicted 2 1 2, actual 2 2 1: (4·5 - (4 + 2 + 2)) / sqrt((25 - 9)(25 - 9)).
        Assert.Equal(12.0 / 16, GlueMetrics.Matthews([0, 0, 1, 2, 2], [0, 0, 1, 1, 2]), 12);
    }

    [Theory]
    [InlineData(new[] { 0, 0, 0 }, new[] { 0, 1, 0 })]
    [InlineData(new[] { 0, 1, 0 }, new[] { 1, 1, 1 })]
    public void Matthews_IsZero_WhenOneSideIsConstant(int[] predicted, int[] actual) => Assert.Equal(0, GlueMetrics.Matthews(predicted, actual));

    [Fact]
    public void F1_IsZero_WhenTheClassIsNeitherThereNorPredicted() => Assert.Equal(0, GlueMetrics.F1([0, 0], [0, 0], positive: 1));

    [Fact]
    public void Pearson_OfAHandComputedCase()
    {
        // Means 3 and 4; dx -2 -1 0 1 2, dy -2 0 -1 1 2: 4 + 0 + 0 + 1 + 4 = 9, over sqrt(10 · 10).
        Assert.Equal(0.9, GlueMetrics.Pearson([1, 2, 3, 4, 5], [2, 4, 3, 5, 6]), 12);
    }

    [Fact]
    public void Pearson_HoldsFarFromZero() => Assert.Equal(0.9, GlueMetrics.Pearson([1e8 + 1, 1e8 + 2, 1e8 + 3, 1e8 + 4, 1e8 + 5], [2, 4, 3, 5, 6]), 9);

    [Fact]
    public void Ranks_ShareTheMean_WhenEqual() => Assert.Equal([1, 3.5, 3.5, 5, 2], GlueMetrics.Ranks([0.5, 2, 2, 9, 1]));

    [Fact]
    public void Spearman_OfTies()
    {
        // Ranks 1 2.5 2.5 4 and 1 3 2 4: deviations -1.5 0 0 1.5 and -1.5 .5 -.5 1.5, so 4.5 / sqrt(4.5 · 5).
        Assert.Equal(4.5 / Math.Sqrt(22.5), GlueMetrics.Spearman([1, 7, 7, 9], [10, 30, 20, 40]), 12);
    }

    [Fact]
    public void Spearman_IsOne_ForAnyRisingFunction() => Assert.Equal(1, GlueMetrics.Spearman([1, 2, 3, 4], [1, 10, 100, 1000]), 12);

    [Fact]
    public void Correlations_AreZero_WhenOneSideIsConstant()
    {
        Assert.Equal(0, GlueMetrics.Pearson([1, 1, 1], [1, 2, 3]));
        Assert.Equal(0, GlueMetrics.Spearman([1, 2, 3], [2, 2, 2]));
    }

    [Fact]
    public void Score_GivesEveryMetricOfTheTask()
    {
        var mrpc = GlueMetrics.Score(GlueTask.Mrpc, [1, 1, 0, 0], [1, 0, 0, 0]);
        Assert.Equal([GlueMetric.F1, GlueMetric.Accuracy], mrpc.Keys);
        Assert.Equal(2.0 / 3, mrpc[GlueMetric.F1], 12);
        Assert.Equal(0.75, mrpc[GlueMetric.Accuracy], 12);

        var scores = GlueMetrics.Score(GlueTask.Stsb, [0.5f, 2.25f, 5], [1, 2, 4]);
        Assert.Equal([GlueMetric.Pearson, GlueMetric.Spearman], scores.Keys);
        Assert.Equal(1, scores[GlueMetric.Spearman], 12);
    }

    [Fact]
    public void Score_RefusesWhatIsNoClass()
    {
        Assert.Contains("is no class in 0 .. 2", Assert.Throws<ArgumentException>(() => GlueMetrics.Score(GlueTask.Mnli, [3], [0])).Message, StringComparison.Ordinal);
        Assert.Contains("2 predictions for 1 targets", Assert.Throws<ArgumentException>(() => GlueMetrics.Score(GlueTask.Rte, [0, 1], [0])).Message, StringComparison.Ordinal);
        Assert.Contains("not finite", Assert.Throws<ArgumentException>(() => GlueMetrics.Score(GlueTask.Stsb, [float.NaN, 1], [0, 1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Metrics_AreSymmetricAndBounded() => Check.Sample(
        Gen.Select(Gen.Double[-5, 5].Array[2, 40], Gen.Int[0, 10]),
        (values, shift) =>
        {
            var other = values.Select((_, i) => Math.Round(values[(i + shift) % values.Length])).ToArray();
            foreach (var correlation in (Func<double[], double[], double>[])[(x, y) => GlueMetrics.Pearson(x, y), (x, y) => GlueMetrics.Spearman(x, y)])
            {
                var r = correlation(values, other);
                Assert.InRange(r, -1, 1);
                Assert.Equal(r, correlation(other, values), 9);
                Assert.Equal(-r, correlation(values, [.. other.Select(v => -v)]), 9);
            }
        });
}
