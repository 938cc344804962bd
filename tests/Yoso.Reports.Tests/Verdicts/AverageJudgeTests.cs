// SPDX-License-Identifier: MIT
using Yoso.Reports.Published;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Verdicts;

public sealed class AverageJudgeTests
{
    private static readonly string[] Tasks = ["listops", "text", "retrieval", "image", "pathfinder"];

    /// <summary>Softmax as published (37.10, 65.02, 79.35, 38.20, 74.16; average 58.77) with a shift, and a wiggle that makes a spread.</summary>
    [Theory]
    [InlineData(0.0, "reproduced")]
    [InlineData(2.0, "better")]
    [InlineData(-2.0, "deviates")]
    public void Verdict_FollowsTheMeanOfSeedsThatHaveAllTasks(double shift, string expected) => Assert.Equal(expected, Judge(Runs(5, shift)).Name);

    [Fact]
    public void Verdict_CountsOnlySeedsWithAllTasks()
    {
        var runs = Runs(5, 0).Where(r => r.Job.Task != "image" || r.Job.Seed == 1);

        Assert.Equal("inconclusive: 1 seed with all tasks has no spread; 1 more is the least that can decide", Judge(runs).ToString());
    }

    [Fact]
    public void Verdict_IsNotComparable_WhenOneTaskIsGenerated()
    {
        var runs = Runs(3, 0).Select(r => r.Job.Task == "listops" ? r with { Data = r.Data with { Kind = "generated" } } : r);

        Assert.Equal("not comparable: generated data", Judge(runs).ToString());
    }

    [Fact]
    public void Verdict_IsNotComparable_WhenThePublishedAverageIsRemembered()
    {
        var cells = CellBuilder.Build(Records.Input([.. Runs(3, 0)]), PublishedNumbers.Shipped(), Margins.Shipped());
        var published = PublishedNumbers.Shipped().Find("lra", "average", "none", "accuracy");

        Assert.Equal("not comparable: published only remembered", AverageJudge.Judge(cells, published, Margins.Shipped().Find("lra", "average", "accuracy")).ToString());
    }

    private static Verdict Judge(IEnumerable<RunRecord> runs)
    {
        var cells = CellBuilder.Build(Records.Input([.. runs]), PublishedNumbers.Shipped(), Margins.Shipped());
        return AverageJudge.Judge(cells, PublishedNumbers.Shipped().Find("lra", "average", "softmax", "accuracy"), Margins.Shipped().Find("lra", "average", "accuracy"));
    }

    private static IEnumerable<RunRecord> Runs(int seeds, double shift)
    {
        double[] published = [37.10, 65.02, 79.35, 38.20, 74.16];
        return Enumerable.Range(1, seeds).SelectMany(seed => Tasks.Select((task, i) => Records.Run(
            task, "softmax", seed, "paper", published[i] + shift + (0.05 * (seed - ((seeds + 1) / 2.0))), 20000, "original", majority: 10, rootOperator: null)));
    }
}
