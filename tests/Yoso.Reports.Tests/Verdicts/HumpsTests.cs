// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Verdicts;

public sealed class HumpsTests
{
    [Fact]
    public void Find_PartsAtTheKnownValue()
    {
        var humps = Humps.Find([37.0, 17.5, 36.2], 27)!;

        Assert.Equal([17.5], humps.Lower.Values);
        Assert.Equal([37.0, 36.2], humps.Upper.Values);
    }

    [Theory]
    [InlineData(new[] { 36.0, 37.5, 36.4 }, 27.0)]
    [InlineData(new[] { 17.0, 17.5 }, 27.0)]
    [InlineData(new[] { 30.0 }, null)]
    [InlineData(new[] { 30.0, 33.0, 36.0, 40.0 }, null)]
    [InlineData(new[] { 20.0, 29.0, 38.0 }, null)]
    public void Find_IsNull_ForOneCluster(double[] values, double? known) => Assert.Null(Humps.Find(values, known));

    [Fact]
    public void Find_SeesAWideGap_WhereNoThresholdIsKnown()
    {
        var humps = Humps.Find([51.0, 72.1, 50.2, 71.4], null)!;

        Assert.Equal([51.0, 50.2], humps.Lower.Values);
        Assert.Equal([72.1, 71.4], humps.Upper.Values);
    }

    /// <summary>Normal seeds of one cluster, sd 1: a gap of 8 has a probability far below 1e-6 per cell.</summary>
    [Fact]
    public void Find_SplitsNoOrdinarySpread() =>
        Gen.Double[0, 1].Array[24].Sample(u => Humps.Find([.. Enumerable.Range(0, 12).Select(i => 36 + Math.Sqrt(-2 * Math.Log(1 - u[2 * i] * 0.9999999)) * Math.Cos(2 * Math.PI * u[2 * i + 1]))], null) is null);
}
