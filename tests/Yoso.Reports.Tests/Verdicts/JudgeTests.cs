// SPDX-License-Identifier: MIT
using Yoso.Reports.Published;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Verdicts;

public sealed class JudgeTests
{
    [Theory]
    [InlineData("smoke", "original", "paper", "softmax", "smoke scale")]
    [InlineData("paper", "sample", "paper", "softmax", "sample data")]
    [InlineData("paper", "generated", "paper", "softmax", "generated data")]
    [InlineData("paper", "original", "clean", "softmax", "clean protocol")]
    [InlineData("paper", "original", "paper", "yoso-32", "published only remembered")]
    [InlineData("paper", "original", "paper", "yoso-16", "no published value")]
    [InlineData("nightly", "generated", "clean", "yoso-32", "nightly scale, generated data, clean protocol, published only remembered")]
    public void Verdict_SaysWhyNot_WhenNumbersCannotBeCompared(string scale, string kind, string protocol, string model, string reason)
    {
        var cell = Assert.Single(Cells(Records.Run(model: model, scale: scale, kind: kind, protocol: protocol)));

        Assert.Equal((VerdictKind.NotComparable, reason), (cell.Verdict!.Kind, cell.Verdict.Reason));
    }

    [Fact]
    public void Verdict_IsNotComparable_WhenAnInputChangedDuringARun()
    {
        var cell = Assert.Single(Cells(Original("softmax", 37.0) with { Trusted = false }));

        Assert.Equal("not comparable: an input changed during a run", cell.Verdict!.ToString());
    }

    [Fact]
    public void Verdict_AsksForTwoMoreSeeds_AfterOne()
    {
        var cell = Assert.Single(Cells(Original("softmax", 37.0)));

        Assert.Equal("inconclusive: one run has no spread; 2 more seeds are the least that can decide", cell.Verdict!.ToString());
    }

    [Theory]
    [InlineData(new[] { 37.0, 37.2, 36.9, 37.3 }, "reproduced")]
    [InlineData(new[] { 41.0, 41.2, 40.9, 41.3 }, "better")]
    [InlineData(new[] { 33.0, 33.2, 32.9, 33.3 }, "deviates")]
    [InlineData(new[] { 35.0, 37.2, 38.9 }, "inconclusive")]
    [InlineData(new[] { 17.2, 17.4, 17.1 }, "inconclusive")]
    [InlineData(new[] { 17.2, 17.4, 17.1, 17.2, 17.3, 17.0, 17.4 }, "deviates")]
    public void Verdict_FollowsTheSeeds_AgainstAVerifiedValue(double[] values, string expected)
    {
        var cell = Assert.Single(Cells([.. values.Select((v, i) => Original("softmax", v, i + 1))]));

        Assert.Equal(expected, cell.Verdict!.Name);
    }

    [Fact]
    public void Verdict_NamesTheSeedsThatWouldDecide()
    {
        var cell = Assert.Single(Cells(Original("softmax", 36.5, 1), Original("softmax", 37.5, 2)));

        Assert.Equal(VerdictKind.Inconclusive, cell.Verdict!.Kind);
        Assert.Matches("[0-9]+ more seeds? of this mean and spread would decide", cell.Verdict.Reason);
    }

    [Fact]
    public void Cell_NeverAveragesOverBothHumps()
    {
        var cell = Assert.Single(Cells(Original("softmax", 17.2, 1), Original("softmax", 36.9, 2), Original("softmax", 37.2, 3), Original("softmax", 37.0, 4)));

        Assert.Equal(37.03, cell.Shown.Mean, 2);
        Assert.Equal((1, 3), (cell.Humps!.Lower.Count, cell.Humps.Upper.Count));
        Assert.Equal(VerdictKind.Reproduced, cell.Verdict!.Kind);
        Assert.Contains("among the 3 of 4 runs on the published value's side of 27.00", cell.Verdict.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_AreHeldAgainstConvergedRuns_WhereThereAreTwoHumps()
    {
        var cell = Assert.Single(Cells(Original("softmax", 17.2, 1), Original("softmax", 36.9, 2), Original("softmax", 37.2, 3)));

        Assert.Equal(RuleOutcome.Equal, cell.Rules.Single(r => r.Rule == "root-operator").Outcome);
    }

    [Fact]
    public void Verdict_SaysWhenThePublishedRunHadNotConverged()
    {
        var cell = Assert.Single(Cells(Original("performer", 37.0, 1), Original("performer", 37.2, 2), Original("performer", 36.9, 3)));

        Assert.Equal(
            "inconclusive: difference +18.23: the published run had not converged and all of ours did; 4 more seeds on this side would decide, since one printed run says little of the share that converges",
            cell.Verdict!.ToString());
    }

    /// <summary>Ours and the published number from the same mixture: 70 % near 37, the others near 18. Bound with failure probability below 1e-6.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Verdict_IsWrongInAtMostFivePercent_OfTwoHumpedResults(int seeds)
    {
        const int trials = 4000;
        var random = new Random(23);
        var published = PublishedNumbers.Shipped().Find("lra", "listops", "softmax", "accuracy")!;
        var template = Cells([.. Enumerable.Range(1, seeds).Select(i => Original("softmax", 37, i))])[0];
        var verdicts = Enumerable.Range(0, trials).Select(_ =>
        {
            var values = Enumerable.Range(0, seeds).Select(_ => Mixture(random)).ToArray();
            var cell = template with
            {
                Runs = [.. template.Runs.Select((r, i) => r with { Results = [r.Results.First(m => m is { Split: "test", Metric: "accuracy" }) with { Value = values[i] }] })],
                Published = published with { Value = Mixture(random) },
                Humps = Humps.Find(values, template.Margin!.ConvergedAbove),
            };
            return Judge.Judged([cell])[0].Verdict!.Kind;
        }).ToArray();

        Assert.InRange(verdicts.Count(v => v is VerdictKind.Better or VerdictKind.Deviates) / (double)trials, 0, 0.05 + 4.75 * Math.Sqrt(0.05 * 0.95 / trials));
        Assert.InRange(verdicts.Count(v => v == VerdictKind.Reproduced) / (double)trials, 0.3, 1);

        static double Mixture(Random random)
        {
            var gaussian = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            return (random.NextDouble() < 0.7 ? 37 : 18) + 0.4 * gaussian;
        }
    }

    [Fact]
    public void Cell_SaysSo_WhenARecordLacksTheMetric()
    {
        var run = Records.Run();

        var cell = Assert.Single(Cells(run with { Results = [.. run.Results.Where(r => r.Split == "dev")] }));

        Assert.Equal("its record has no test accuracy", Assert.Single(cell.Failed).Reason);
    }

    [Fact]
    public void Commands_NameAllSeedsAtOnce_WhereOnlyTheSeedDiffers()
    {
        var cell = Assert.Single(Cells(Records.Run(seed: 1), Records.Run(seed: 12), Records.Run(seed: 3) with { Command = "./yoso run other --seeds 3" }));

        Assert.Equal(["./yoso run lra/listops/yoso-32 --seeds 1 12 --scale smoke --device cpu", "./yoso run other --seeds 3"], cell.Commands);
    }

    [Fact]
    public void Verdict_CanFallToHolm_ThoughTheCellAloneDecides()
    {
        var alone = Cells(Original("softmax", 36.6, 1), Original("softmax", 37.3, 2), Original("softmax", 37.0, 3));
        var undecided = new[] { "nystromformer", "linformer", "reformer", "performer" }.SelectMany(m => new[] { Original(m, 34.0, 1), Original(m, 38.5, 2) });

        var table = Cells([.. alone.SelectMany(c => c.Runs), .. undecided]);

        Assert.Equal(VerdictKind.Reproduced, Assert.Single(alone).Verdict!.Kind);
        var softmax = table.First(c => c.Model == "softmax").Verdict!;
        Assert.Equal(VerdictKind.Inconclusive, softmax.Kind);
        Assert.Equal(5 * softmax.RawP!.Value, softmax.HolmP!.Value, 12);
        Assert.EndsWith("decided alone, not over the whole table", softmax.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_SayWhatIsReachedWithoutAttention()
    {
        var cell = Assert.Single(Cells(Records.Run(accuracy: 35.9)));

        Assert.Equal([("majority-class", RuleOutcome.Above), ("root-operator", RuleOutcome.Equal)], cell.Rules.Select(r => (r.Rule, r.Outcome)));
    }

    /// <summary>A model that guesses like the rule is called above or below it in at most 1 % each; bound with failure probability below 1e-6.</summary>
    [Fact]
    public void Rule_IsBeatenByChance_InAtMostOnePercent()
    {
        const int trials = 4000;
        var random = new Random(21);
        var outcomes = Enumerable.Range(0, trials).Select(_ =>
        {
            var hits = Enumerable.Range(0, 400).Count(_ => random.NextDouble() < 0.168);
            return RuleComparison.Of("majority-class", 16.8, hits / 4.0, 400).Outcome;
        }).ToArray();

        var bound = 0.01 + 4.75 * Math.Sqrt(0.01 * 0.99 / trials);
        Assert.InRange(outcomes.Count(o => o == RuleOutcome.Above) / (double)trials, 0, bound);
        Assert.InRange(outcomes.Count(o => o == RuleOutcome.Below) / (double)trials, 0, bound);
    }

    [Fact]
    public void Cell_PoolsOnlyRunsOfTheSameInputs_NewestFirst()
    {
        var old = Records.Run(seed: 1, accuracy: 20) with { Inputs = Records.Run(seed: 1).Inputs with { CodeDigest = "before" }, StartedAt = Records.Morning.AddDays(-1) };

        var cell = Assert.Single(Cells(old, Records.Run(seed: 2, accuracy: 34), Records.Run(seed: 3, accuracy: 36)));

        Assert.Equal([2, 3], cell.Runs.Select(r => r.Job.Seed));
        Assert.Equal(1, cell.OtherRuns);
    }

    [Fact]
    public void Margins_CoverTheLraTasks_EachWithAReason()
    {
        var margins = Margins.Shipped();

        Assert.All(["listops", "text", "retrieval", "image", "pathfinder"], t => Assert.True(margins.Find("lra", t, "accuracy")!.Reason.Length > 20));
    }

    [Fact]
    public void Margins_NameLineAndColumn_OfABadRow()
    {
        var problem = Assert.Throws<FormatException>(() => Margins.Load(new StringReader("suite,task,metric,margin,converged_above,reason\nlra,text,accuracy,0,,why\n"), "margins.csv"));

        Assert.Equal("margins.csv, line 2, column margin: must be above 0", problem.Message);
    }

    private static RunRecord Original(string model, double accuracy, int seed = 1) => Records.Run(model: model, seed: seed, scale: "paper", kind: "original", accuracy: accuracy);

    private static IReadOnlyList<Cell> Cells(params IReadOnlyList<RunRecord> runs) => CellBuilder.Build(Records.Input(runs), PublishedNumbers.Shipped(), Margins.Shipped());
}
