// SPDX-License-Identifier: MIT
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tables;

/// <summary>The first screen: what was run, how far it may be trusted and what came out, in plain words.</summary>
internal static class Summary
{
    public static string What(IReadOnlyList<Cell> cells)
    {
        var runs = cells.Where(c => c.HasRuns).ToArray();
        if (runs.Length == 0)
        {
            return "No finished runs yet.";
        }

        var scales = string.Join(" and ", runs.Select(c => c.Scale).Distinct().OrderBy(PaperOrder.Scale));
        var tasks = string.Join(", ", runs.Select(c => c.Task).Distinct().OrderBy(PaperOrder.Task).Select(Show.Task));
        var models = runs.Select(c => c.Model).Distinct().OrderBy(PaperOrder.Model).ToArray();
        return $"{Show.Plural(runs.Sum(c => c.Runs.Count), "finished run")} at {scales} scale: {Show.Plural(models.Length, "model")} ({string.Join(", ", models)}) on {tasks}.";
    }

    public static IReadOnlyList<string> Warnings(IReadOnlyList<Cell> cells)
    {
        var runs = cells.Where(c => c.HasRuns).ToArray();
        var warnings = new List<string>();
        var small = runs.Select(c => c.Scale).Where(s => s != "paper").Distinct().OrderBy(PaperOrder.Scale).ToArray();
        if (small.Length > 0)
        {
            warnings.Add($"{TableViews.Capital(string.Join(" and ", small))} scale is the same code on less data, for fewer steps: it shows that everything runs; the lines below say what was learned. "
                + "Its numbers are not the paper's and neither confirm nor contradict it.");
        }

        if (runs.Any(c => c.Runs.Any(r => !r.Trusted)))
        {
            warnings.Add("An input changed while a run was going on: that run is marked untrusted and is held against nothing.");
        }

        if (runs.Any(c => c.Runs.Any(r => SelectedOnTest(r.Protocol.SelectionSplit))))
        {
            warnings.Add("Some checkpoints were chosen on the test set: those scores are too good (protocol table).");
        }

        return warnings;
    }

    /// <summary>Verdicts that occur, then failed and missing jobs.</summary>
    public static IReadOnlyList<TallyView> Tally(IReadOnlyList<Cell> cells) =>
    [
        .. Enum.GetValues<VerdictKind>().Select(k => new TallyView(TableViews.Slug(Verdict.NameOf(k)), Verdict.NameOf(k), cells.Count(c => c.Verdict?.Kind == k))).Where(t => t.Count > 0),
        .. new[] { Jobs("failed", "failed", cells.Sum(c => c.Failed.Count)), Jobs("missing", "not run", cells.Sum(c => c.Missing.Count)) }.Where(t => t.Count > 0),
    ];

    public static IReadOnlyList<string> Headlines(IReadOnlyList<Cell> cells) =>
    [
        .. cells.Where(c => c.HasRuns).GroupBy(c => (c.Scale, c.Protocol, c.Suite, c.Task))
            .OrderBy(g => PaperOrder.Scale(g.Key.Scale)).ThenBy(g => PaperOrder.Protocol(g.Key.Protocol)).ThenBy(g => PaperOrder.Suite(g.Key.Suite)).ThenBy(g => PaperOrder.Task(g.Key.Task))
            .Select(g => Headline(g.Key.Task, g.First().Setting, [.. g])),
        .. cells.Where(c => c.HasRuns).GroupBy(c => (c.Setting, c.Suite)).Select(g => PretrainingGain.Sentence([.. g])).OfType<string>(),
    ];

    private static TallyView Jobs(string css, string what, int count) => new(css, count == 1 ? $"job {what}" : $"jobs {what}", count);

    public static bool SelectedOnTest(string split) => split.Contains("test", StringComparison.OrdinalIgnoreCase);

    private static string Headline(string task, string scale, Cell[] cells)
    {
        var best = TableMetric.FallsWithQuality(cells[0].Metric) ? cells.MinBy(c => c.Shown.Mean)! : cells.MaxBy(c => c.Shown.Mean)!;
        var text = $"{Show.Task(task)} ({scale}): best is {Show.Model(best.Model)} with {Show.MeanAndSpread(best.Shown)}{(best.Metric == "perplexity" ? " perplexity" : " %")}";
        foreach (var name in cells.SelectMany(c => c.Rules).Select(r => r.Rule).Distinct().OrderBy(r => cells.SelectMany(c => c.Rules).First(x => x.Rule == r).Score).Take(2))
        {
            var rules = cells.SelectMany(c => c.Rules).Where(r => r.Rule == name).ToArray();
            text += $"; {rules.Count(r => r.Outcome == RuleOutcome.Above)} of {Show.Plural(rules.Length, "model")} beat{(rules.Length == 1 ? "s" : "")} the {Show.Rule(name)}{(name == "majority-class" ? "" : " rule")} ({Show.Number(rules[0].Score)} %)";
        }

        return text + ".";
    }
}
