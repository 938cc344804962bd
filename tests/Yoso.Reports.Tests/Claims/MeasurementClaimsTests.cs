// SPDX-License-Identifier: MIT
using Yoso.Reports.Claims;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tests.Claims;

public sealed class MeasurementClaimsTests
{
    [Theory]
    [InlineData("time", 1.0, "supported")]
    [InlineData("memory", 1.1, "supported")] // a factor of log n
    [InlineData("time", 1.3, "contradicted")]
    [InlineData("memory", 1.5, "contradicted")] // n √n
    [InlineData("time", 2.0, "contradicted")]
    public void Cost_IsLinear_OrTheClaimFails(string quantity, double exponent, string expected)
    {
        var random = new Random(3);

        var result = MeasurementClaims.Cost(quantity, MeasurementRecords.Efficiency(exponent, noise: () => Math.Exp(0.02 * Normal(random))));

        Assert.Equal(expected, result.Name);
        Assert.Contains("over n = 1,024 to 16,384; softmax's is 2.00", result.Detail, StringComparison.Ordinal);
        Assert.Contains("rests on 5 lengths", result.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Cost_IsUndecided_WhenPointsScatter()
    {
        var random = new Random(4);

        var results = Enumerable.Range(0, 20).Select(_ => MeasurementClaims.Cost("time", MeasurementRecords.Efficiency(1.15, noise: () => Math.Exp(0.3 * Normal(random)))).Outcome).ToArray();

        Assert.Contains(ClaimOutcome.Undecided, results);
    }

    [Fact]
    public void Cost_AtTheLimit_IsCalledEitherWayInOneOfTwentyMeasurements()
    {
        var random = new Random(5);
        const int runs = 500;

        var outcomes = Enumerable.Range(0, runs).Select(_ => MeasurementClaims.Cost("time", MeasurementRecords.Efficiency(MeasurementClaims.MostExponent, noise: () => Math.Exp(0.05 * Normal(random)))).Outcome).ToArray();

        // 5 % of 500 with a standard error of 4.9: within four of them.
        Assert.InRange(outcomes.Count(o => o == ClaimOutcome.Supported), 25 - 20, 25 + 20);
        Assert.InRange(outcomes.Count(o => o == ClaimOutcome.Contradicted), 25 - 20, 25 + 20);
    }

    [Fact]
    public void Cost_IsNotTested_OnShortLengthsOrWithoutRecord()
    {
        var small = MeasurementClaims.Cost("time", MeasurementRecords.Efficiency(1, [128, 256, 512], "smoke"));
        var none = MeasurementClaims.Cost("time", null);

        Assert.Equal(["not tested", "not tested"], new[] { small, none }.Select(r => r.Name));
        Assert.Equal("Needs 4 lengths from 1,024 tokens on: ./build.sh Efficiency --scale paper. So far, over n = 128 to 512: 1.00 [1.00, 1.00].", small.Detail);
        Assert.Equal("Needs ./build.sh Efficiency --scale paper.", none.Detail);
    }

    [Fact]
    public void Cost_LeavesOutPoints_ThatWereNotMeasured()
    {
        var whole = MeasurementRecords.Efficiency();
        var cut = whole with { Points = [.. whole.Points.Where(p => p.Length < 4096 || p.Model != "yoso-32")] };

        Assert.Equal(ClaimOutcome.NotTested, MeasurementClaims.Cost("time", cut).Outcome);
    }

    [Theory]
    [InlineData(-0.5, "supported")]
    [InlineData(-0.47, "supported")]
    [InlineData(-0.4, "contradicted")]
    [InlineData(-0.25, "contradicted")] // a bias that stays
    [InlineData(-1.0, "contradicted")]
    public void Error_FallsAsOneOverTheRoot_OrTheClaimFails(double slope, string expected)
    {
        var random = new Random(6);

        var results = new[] { "Spread", "Shared" }.Select(s => MeasurementClaims.Error(s, MeasurementRecords.Approximation(slope, noise: () => Math.Exp(0.003 * Normal(random)))));

        Assert.All(results, r => Assert.Equal(expected, r.Name));
        Assert.All(results, r => Assert.Contains("rests on 4 lines, n = 64 to 256", r.Detail, StringComparison.Ordinal));
    }

    [Fact]
    public void Error_OneBadLineIsEnough_ToContradict()
    {
        var record = MeasurementRecords.Approximation();
        var bent = record with { Errors = [.. record.Errors.Select(e => e is { Input: "clustered", Length: 256, Sampler: "Shared" } ? e with { Error = 1 } : e)] };

        Assert.Equal(ClaimOutcome.Contradicted, MeasurementClaims.Error("Shared", bent).Outcome);
        Assert.Equal(ClaimOutcome.Supported, MeasurementClaims.Error("Spread", bent).Outcome);
    }

    [Fact]
    public void Error_IsNotTested_WithFewHashCounts()
    {
        Assert.Equal("Needs 5 values of m: ./build.sh Approximation --scale paper.", MeasurementClaims.Error("Shared", MeasurementRecords.Approximation(hashCounts: [8, 32, 128])).Detail);
        Assert.Equal(ClaimOutcome.NotTested, MeasurementClaims.Error("Shared", null).Outcome);
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
