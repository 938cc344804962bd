// SPDX-License-Identifier: MIT
using Yoso.Reports.Claims;
using Yoso.Reports.Published;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Claims;

public sealed class ClaimTestsTests
{
    private static readonly Claim LikeSoftmax = Claim.All[0];

    [Fact]
    public void Run_ListsNothing_WithoutRuns() => Assert.Empty(ClaimTests.Run(Cells([])));

    [Fact]
    public void Test_SaysWhatItNeeds_AtSmokeScale()
    {
        var result = ClaimTests.Test(LikeSoftmax, Cells([Records.Run(model: "softmax"), Records.Run(model: "yoso-e")]));

        Assert.Equal(ClaimOutcome.NotTested, result.Outcome);
        Assert.Equal("Needs 3 seeds of both models on all 5 tasks at paper scale.", result.Detail);
    }

    [Fact]
    public void Test_GivesTheDifferenceSoFar_WhenSomeTasksAreThere()
    {
        var result = ClaimTests.Test(LikeSoftmax, Cells(Lra("softmax", 36, 37, 38).Concat(Lra("yoso-e", 36.5, 37.5, 38.5)).Where(r => r.Job.Task == "listops")));

        Assert.Equal(ClaimOutcome.NotTested, result.Outcome);
        Assert.StartsWith("Needs, at paper scale, 3 seeds of yoso-e on Text, Retrieval, Image, Pathfinder; 3 seeds of softmax on Text,", result.Detail, StringComparison.Ordinal);
        Assert.EndsWith("So far, on ListOps: difference of the averages +0.50.", result.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.0, "supported")]
    [InlineData(-1.0, "undecided")]
    [InlineData(-3.0, "contradicted")]
    public void Test_FollowsTheDifference_WithAllTasks(double shift, string expected)
    {
        var result = ClaimTests.Test(LikeSoftmax, Cells(Lra("softmax", 36, 36.5, 37).Concat(Lra("yoso-e", 36 + shift, 36.5 + shift, 37 + shift))));

        Assert.Equal(expected, result.Name);
    }

    [Fact]
    public void Test_AsksForOneMoreSeed_WhereOneRunHasNotConverged()
    {
        var result = ClaimTests.Test(LikeSoftmax, Cells(Lra("softmax", 36, 36.5, 37).Concat(Lra("yoso-e", 17, 36.5, 37))));

        Assert.StartsWith("Needs, at paper scale, 1 more seed of yoso-e on ListOps", result.Detail, StringComparison.Ordinal);
    }

    /// <summary>
    /// When the true difference equals the allowance, a claim is called supported (contradicted) in at most 5 % each.
    /// Bound with failure probability below 1e-6, the 0.005 of the draws included.
    /// </summary>
    [Fact]
    public void Probability_DecidesByChance_InAtMostFivePercentEach()
    {
        const int trials = 300;
        var random = new Random(22);
        var probabilities = Enumerable.Range(0, trials).Select(_ => ClaimTests.Probability([Draw(random, -1)], [Draw(random, 0)], 1)).ToArray();

        var bound = 0.055 + 4.75 * Math.Sqrt(0.055 * 0.945 / trials);
        Assert.InRange(probabilities.Count(p => p >= ClaimTests.Decided) / (double)trials, 0, bound);
        Assert.InRange(probabilities.Count(p => p <= 1 - ClaimTests.Decided) / (double)trials, 0, bound);
    }

    private static Sample Draw(Random random, double mean) =>
        new([.. Enumerable.Range(0, 4).Select(_ => mean + Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))]);

    private static IEnumerable<RunRecord> Lra(string model, params double[] values) =>
        Claim.LraTasks.SelectMany(t => values.Select((v, i) => Records.Run(task: t, model: model, seed: i + 1, scale: "paper", kind: "original", accuracy: v)));

    private static IReadOnlyList<Cell> Cells(IEnumerable<RunRecord> runs) => CellBuilder.Build(Records.Input([.. runs]), PublishedNumbers.Shipped(), Margins.Shipped());
}
