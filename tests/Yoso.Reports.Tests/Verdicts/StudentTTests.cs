// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Verdicts;

public sealed class StudentTTests
{
    /// <summary>Values of any printed t table, to their last digit.</summary>
    [Theory]
    [InlineData(0.95, 1, 6.3138)]
    [InlineData(0.95, 2, 2.9200)]
    [InlineData(0.975, 2, 4.3027)]
    [InlineData(0.95, 4, 2.1318)]
    [InlineData(0.975, 9, 2.2622)]
    [InlineData(0.995, 29, 2.7564)]
    [InlineData(0.05, 5, -2.0150)]
    public void Quantile_MatchesPrintedTables(double p, int degrees, double expected) => Assert.Equal(expected, StudentT.Quantile(p, degrees), 4);

    [Fact]
    public void Cumulative_IsTheArcTangent_ForOneDegree() =>
        Gen.Double[-50, 50].Sample(t => Math.Abs(StudentT.Cumulative(t, 1) - (0.5 + Math.Atan(t) / Math.PI)) < 1e-12);

    [Fact]
    public void Quantile_InvertsCumulative() =>
        Gen.Select(Gen.Double[0.001, 0.999], Gen.Int[1, 60]).Sample((p, degrees) => Math.Abs(StudentT.Cumulative(StudentT.Quantile(p, degrees), degrees) - p) < 1e-9);

    [Fact]
    public void AtLeast_IsTheSumOfTheTerms() => Gen.Select(Gen.Int[1, 200], Gen.Double[0.01, 0.99], Gen.Int[0, 200]).Sample((trials, p, k) =>
    {
        var successes = Math.Min(k, trials);
        var logTerm = trials * Math.Log(1 - p); // the first term itself may be below the smallest double
        var below = 0.0;
        for (var i = 0; i < successes; i++)
        {
            below += Math.Exp(logTerm);
            logTerm += Math.Log((trials - i) / (i + 1.0) * p / (1 - p));
        }

        Assert.Equal(1 - below, Binomial.AtLeast(successes, trials, p), 8);
    });

    [Theory]
    [InlineData(0, 10, 0.3, 1)]
    [InlineData(5, 10, 0, 0)]
    [InlineData(5, 10, 1, 1)]
    [InlineData(11, 10, 0.3, 0)]
    public void AtLeast_HasItsLimits(int successes, int trials, double p, double expected) => Assert.Equal(expected, Binomial.AtLeast(successes, trials, p));
}
