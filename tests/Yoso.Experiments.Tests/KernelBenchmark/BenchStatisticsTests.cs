// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;

namespace Yoso.Experiments.Tests.KernelBenchmark;

public sealed class BenchStatisticsTests
{
    [Fact]
    public void Median_IsMiddle_WhenCountIsOdd() => Assert.Equal(3, BenchStatistics.Median([9, 1, 3]));

    [Fact]
    public void Median_IsMeanOfTheTwoMiddleOnes_WhenCountIsEven() => Assert.Equal(2.5, BenchStatistics.Median([4, 1, 3, 2]));

    [Fact]
    public void Quartiles_LieBetweenOrderStatistics_WhenCountIsFour()
    {
        // Positions 0.75 and 2.25 of 1, 2, 4, 8.
        Assert.Equal((1.75, 5), BenchStatistics.Quartiles([8, 1, 4, 2]));
    }

    [Fact]
    public void Quantile_IsTheValue_WhenThereIsOne() => Assert.Equal((7, 7), BenchStatistics.Quartiles([7]));

    [Fact]
    public void Quantile_Throws_WhenThereIsNone() => Assert.Throws<ArgumentException>(() => BenchStatistics.Median([]));

    [Fact]
    public void FitExponent_MatchesHandCase()
    {
        // log2: x = 0 1 2, y = 0 1 3. Slope 3/2; residuals 1/6 -1/3 1/6, squares sum to 1/6; one degree of freedom,
        // so the half width is 12.706 * sqrt(1/6 / 2).
        var fit = BenchStatistics.FitExponent([(1, 1), (2, 2), (4, 8)]);

        Assert.Equal(1.5, fit.Exponent, 12);
        Assert.Equal(12.706 * Math.Sqrt(1.0 / 12), fit.High - fit.Exponent, 9);
        Assert.Equal(fit.High - fit.Exponent, fit.Exponent - fit.Low, 9);
    }

    [Fact]
    public void FitExponent_FindsThePower_WhenPointsLieOnIt()
    {
        var fit = BenchStatistics.FitExponent([.. new[] { 1024.0, 2048, 4096, 8192, 16384 }.Select(n => (n, 3e-4 * Math.Pow(n, 1.07)))]);

        Assert.Equal(1.07, fit.Exponent, 9);
        Assert.Equal(fit.Low, fit.High, 6);
    }

    [Fact]
    public void FitExponent_Throws_WhenPointsAreTooFew()
    {
        Assert.Throws<ArgumentException>(() => BenchStatistics.FitExponent([(1, 1), (2, 2)]));
        Assert.Throws<ArgumentException>(() => BenchStatistics.FitExponent([(2, 1), (2, 2), (2, 3)]));
    }
}
