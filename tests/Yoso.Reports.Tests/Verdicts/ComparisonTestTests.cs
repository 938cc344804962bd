// SPDX-License-Identifier: MIT
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Verdicts;

/// <summary>
/// Error rates by simulation with fixed seeds. A rate of 0.05 over N trials has standard error sqrt(0.05 * 0.95 / N); each bound is
/// 0.05 + 4.75 of them, which a correct test would exceed with probability below 1e-6.
/// </summary>
public sealed class ComparisonTestTests
{
    private const int Trials = 20_000;
    private static readonly double Bound = 0.05 + 4.75 * Math.Sqrt(0.05 * 0.95 / Trials);

    [Theory]
    [InlineData(3, 1.0, 0.0)]
    [InlineData(3, 1.0, 1.0)]
    [InlineData(5, 0.2, 0.0)]
    [InlineData(5, 0.2, -0.2)]
    [InlineData(5, 1.0, 1.0)]
    [InlineData(5, 3.0, -3.0)]
    [InlineData(10, 3.0, 3.0)]
    [InlineData(10, 0.5, -4.0)]
    [InlineData(2, 2.0, 2.0)]
    public void Verdict_IsWrongInAtMostFivePercent(int seeds, double margin, double trueDifference)
    {
        var random = new Random(17);

        var wrong = Enumerable.Range(0, Trials).Count(_ => IsWrong(Simulate(random, seeds, margin, trueDifference), margin, trueDifference));

        Assert.InRange(wrong / (double)Trials, 0, Bound);
    }

    [Theory]
    [InlineData(5, 4.0, 0.0, "reproduced")]
    [InlineData(5, 1.0, 8.0, "better")]
    [InlineData(5, 1.0, -8.0, "deviates")]
    public void Verdict_IsUsuallyReached_WhenTheMatterIsClear(int seeds, double margin, double trueDifference, string expected)
    {
        var random = new Random(18);

        var right = Enumerable.Range(0, 2000).Count(_ => Verdict.NameOf(Decided(Simulate(random, seeds, margin, trueDifference))) == expected);

        Assert.InRange(right / 2000.0, 0.75, 1);
    }

    [Fact]
    public void Table_HasAnyWrongVerdictInAtMostFivePercent_AfterHolm()
    {
        var random = new Random(19);
        double[] differences = [1, -1, 1, -1, 0];
        var wrong = Enumerable.Range(0, Trials).Count(_ =>
        {
            var tests = differences.Select(d => Simulate(random, 4, 1, d)).ToArray();
            var holm = HolmCorrection.Adjust([.. tests.Select(t => t.P)]);
            return differences.Where((d, i) => holm[i] <= ComparisonTest.Alpha && IsWrong(tests[i], 1, d)).Any();
        });

        Assert.InRange(wrong / (double)Trials, 0, Bound);
    }

    [Fact]
    public void Table_WouldBeWrongMoreOften_WithoutHolm()
    {
        var random = new Random(20);
        var wrong = Enumerable.Range(0, 4000).Count(_ => Enumerable.Range(0, 5).Select(_ => Simulate(random, 10, 4, 4)).Any(t => IsWrong(t, 4, 4)));

        Assert.InRange(wrong / 4000.0, 0.12, 1);
    }

    [Fact]
    public void Of_IsNull_ForOneRun() => Assert.Null(ComparisonTest.Of(new Sample([37.0]), 37.1, 2.2, 0.05));

    [Fact]
    public void Of_StaysFinite_WhenAllSeedsAgree()
    {
        var test = ComparisonTest.Of(new Sample([17.2, 17.2, 17.2]), 37.1, 2.2, 0.05)!;

        Assert.Equal(VerdictKind.Deviates, test.Leaning);
        Assert.InRange(test.P, 0, 1e-4);
    }

    [Fact]
    public void MoreSeeds_IsTheLeastNumberThatDecides()
    {
        var sample = new Sample([36.5, 37.5, 37.0]);

        var more = ComparisonTest.MoreSeeds(sample, 37.1, 2.2, 0.05, 0.01);

        Assert.NotNull(more);
        Assert.True(P(more.Value) <= 0.01);
        Assert.True(P(more.Value - 1) > 0.01);

        // The same mean and standard deviation with more seeds: pairs at mean +- d, and the mean itself for an odd number.
        double P(int k)
        {
            var n = sample.Count + k;
            var d = sample.StandardDeviation * Math.Sqrt((n - 1.0) / (n - n % 2));
            var values = Enumerable.Range(0, n).Select(i => sample.Mean + (i == n - 1 && n % 2 == 1 ? 0 : i % 2 == 0 ? d : -d)).ToArray();
            return ComparisonTest.Of(new Sample(values), 37.1, 2.2, 0.05)!.P;
        }
    }

    [Fact]
    public void MoreSeeds_IsNull_WhenThePrintedNumberItselfIsTooUncertain() =>
        Assert.Null(ComparisonTest.MoreSeeds(new Sample([30.0, 37.0, 44.0]), 37.1, 2.2, 0.05, 0.05));

    /// <summary>Holm 1979, worked by hand: 4 * 0.01, 3 * 0.02 and 2 * 0.02 raised to 0.06, 0.5.</summary>
    [Fact]
    public void Adjust_StepsDown_AndNeverFalls()
    {
        var adjusted = HolmCorrection.Adjust([0.02, 0.5, 0.01, 0.02]);

        Assert.Equal([0.06, 0.5, 0.04, 0.06], adjusted.Select(p => Math.Round(p, 12)));
    }

    private static ComparisonTest Simulate(Random random, int seeds, double margin, double trueDifference)
    {
        var published = Gaussian(random);
        return ComparisonTest.Of(new Sample([.. Enumerable.Range(0, seeds).Select(_ => trueDifference + Gaussian(random))]), published, margin, 1e-9)!;
    }

    private static VerdictKind Decided(ComparisonTest test) => test.P <= ComparisonTest.Alpha ? test.Leaning : VerdictKind.Inconclusive;

    /// <summary>A difference of exactly the margin counts as outside: "reproduced" is wrong there, "deviates" is not.</summary>
    private static bool IsWrong(ComparisonTest test, double margin, double difference) => Decided(test) switch
    {
        VerdictKind.Reproduced => Math.Abs(difference) >= margin,
        VerdictKind.Better => difference < margin,
        VerdictKind.Deviates => difference > -margin,
        _ => false,
    };

    private static double Gaussian(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
