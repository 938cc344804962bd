// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Claims;
using Yoso.Reports.Published;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tables;

/// <summary>The tables of results: rows are models, then rules; columns are tasks.</summary>
internal static class TableViews
{
    /// <summary>One table per suite, scale and protocol that has a run.</summary>
    public static IReadOnlyList<TableView> Build(IReadOnlyList<Cell> cells, PublishedNumbers published, Margins margins) =>
    [
        .. cells.GroupBy(c => (c.Setting, c.Suite)).Where(g => g.Any(c => c.HasRuns)).Select(g => Table(g.Key.Suite, g.First().Scale, [.. g], published, margins)),
    ];

    public static string CommandId(Cell cell) => $"cmd-{Slug(cell.Setting)}-{Slug(cell.Suite)}-{Slug(cell.Task)}-{Slug(cell.Model)}";

    /// <summary>Letters, digits and hyphens only: names come from records and end up in ids and file names.</summary>
    public static string Slug(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '-'));

    private static TableView Table(string suite, string scale, Cell[] cells, PublishedNumbers published, Margins margins)
    {
        var tasks = cells.Select(c => c.Task).Distinct().OrderBy(PaperOrder.Task).ToArray();
        var models = cells.Select(c => c.Model).Distinct().OrderBy(PaperOrder.Model).ToArray();
        var averages = models.ToDictionary(m => m, m => Average(suite, m, cells, published, margins));
        var hasAverage = averages.Values.Any(a => a.State == "average");
        return new TableView
        {
            Id = $"{Slug(suite)}-{Slug(cells[0].Setting)}",
            Title = $"{Show.Suite(suite)}, {(cells[0].Setting == scale ? $"{scale} scale" : cells[0].Setting)}: {TableMetric.Title(suite)}",
            Scale = scale,
            Note = scale == "paper"
                ? "Ours: mean ± standard deviation over seeds."
                : $"{Capital(scale)} scale: smaller data, fewer steps. These numbers are not the paper's and are not held against it. Ours: mean ± standard deviation over seeds.",
            Columns = [.. tasks.Select(Show.Task), .. hasAverage ? ["Average"] : Array.Empty<string>()],
            Rows =
            [
                .. models.Select(m => new RowView(Show.Model(m), false,
                [
                    .. tasks.Select(t => View(cells.FirstOrDefault(c => c.Task == t && c.Model == m), cells, published)),
                    .. hasAverage ? [averages[m]] : Array.Empty<CellView>(),
                ])),
                .. RuleRows(cells, tasks, hasAverage),
            ],
            Commands = [.. cells.Where(c => c.HasRuns).OrderBy(c => PaperOrder.Task(c.Task)).Select(c => new CommandView(CommandId(c), $"{Show.Task(c.Task)}, {Show.Model(c.Model)}", c.Commands))],
        };
    }

    public static string Capital(string name) => name.Length == 0 ? "" : char.ToUpperInvariant(name[0]) + name[1..];

    /// <summary>The mean over the suite's tasks as in the paper's last column, for a model that has run on all of them.</summary>
    private static CellView Average(string suite, string model, Cell[] cells, PublishedNumbers published, Margins margins)
    {
        var mine = cells.Where(c => c.Model == model && c.HasRuns && Claim.LraTasks.Contains(c.Task)).ToArray();
        if (suite != "lra" || mine.Length < Claim.LraTasks.Count)
        {
            return new CellView("empty");
        }

        var paper = published.Find(suite, "average", model, "accuracy");
        var verdict = AverageJudge.Judge(mine, paper, margins.Find(suite, "average", "accuracy"));
        var pool = mine.Any(c => c.Humps is not null) ? "mean over tasks, of converged runs where there are two groups" : "mean over tasks";
        return new CellView("average")
        {
            Css = Slug(verdict.Name),
            Verdict = verdict.Name,
            Ours = Show.Number(mine.Average(c => c.Shown.Mean)),
            Published = Printed(paper),
            Confidence = paper?.ConfidenceName ?? "",
            Reason = $"{pool}; {verdict.Reason}",
        };
    }

    private static string Printed(PublishedNumber? number) => number?.Value.ToString("F" + number.Decimals, CultureInfo.InvariantCulture) ?? "";

    private static CellView View(Cell? cell, Cell[] table, PublishedNumbers published) => cell switch
    {
        null => new CellView("empty"),
        { HasRuns: false, Failed: [var first, ..] } => new CellView("failed") { Css = "failed", Verdict = "failed", Reason = first.Reason },
        { HasRuns: false } => new CellView("missing") { Css = "missing", Verdict = "not run", Reason = "no run recorded" },
        _ => new CellView("result")
        {
            Ours = Show.MeanAndSpread(cell.Shown),
            Seeds = cell.Humps is null ? Show.Seeds(cell.Sample.Count) : $"{cell.Humps.Upper.Count} of {Show.Seeds(cell.Sample.Count)} converged",
            Published = Printed(cell.Published),
            Confidence = cell.Published?.ConfidenceName ?? "",
            Css = Slug(cell.Verdict!.Name),
            Verdict = cell.Verdict.Name,
            Reason = cell.Verdict.HolmP is { } holm ? $"{cell.Verdict.Reason} ({Show.P(holm)} after Holm)" : cell.Verdict.Reason,
            Notes = [.. FurtherNotes(cell, table, published), .. Notes(cell)],
            CommandId = CommandId(cell),
        },
    };

    /// <summary>Further metrics with their published values, and what pre-training gave.</summary>
    private static IEnumerable<string> FurtherNotes(Cell cell, Cell[] table, PublishedNumbers published)
    {
        foreach (var metric in TableMetric.Further(cell.Suite, cell.Task).Where(m => cell.Runs.All(r => Cell.Value(r, m) is not null)))
        {
            var paper = published.Find(cell.Suite, cell.Task, cell.Model, metric);
            var held = paper is null ? "" : $" (paper: {Printed(paper)} {paper.ConfidenceName})";
            yield return $"{TableMetric.Name(metric)} {Show.MeanAndSpread(new Sample([.. cell.Runs.Select(r => Cell.Value(r, metric)!.Value)]))}{TableMetric.Unit(metric)}{held}";
        }

        if (PretrainingGain.Of(cell, table) is { } gain)
        {
            yield return gain.Note;
        }
    }

    private static IEnumerable<string> Notes(Cell cell)
    {
        if (cell is { Scale: "paper", Humps: null, Margin.ConvergedAbove: { } least } && cell.Shown.Mean < least)
        {
            yield return $"no run converged: all are below {Show.Number(least)}";
        }

        if (cell.Humps is { } humps)
        {
            yield return $"two groups of runs: {Show.Plural(humps.Lower.Count, "run")} at {Show.MeanAndSpread(humps.Lower)}, {Show.Plural(humps.Upper.Count, "run")} at {Show.MeanAndSpread(humps.Upper)}; the mean is of the upper group";
        }

        foreach (var rule in RuleComparison.Telling(cell.Rules))
        {
            yield return RuleNote(rule);
        }

        if (cell.Failed.Count + cell.Missing.Count is > 0 and var absent)
        {
            yield return $"{Show.Plural(absent, "more seed")} failed or missing";
        }

        if (cell.OtherRuns > 0)
        {
            yield return $"{Show.Plural(cell.OtherRuns, "run")} of other inputs left out";
        }
    }

    private static string RuleNote(RuleComparison rule) => (rule.Rule, rule.Outcome) switch
    {
        ("majority-class", RuleOutcome.Above) => $"above the majority class ({Show.Number(rule.Score)}; {Show.P(rule.P)})",
        ("majority-class", RuleOutcome.Equal) => $"no better than the majority class ({Show.Number(rule.Score)}; {Show.P(rule.P)})",
        ("majority-class", _) => $"below the majority class ({Show.Number(rule.Score)}; {Show.P(rule.P)})",
        (_, RuleOutcome.Above) => $"above the rule \"{Show.Rule(rule.Rule)}\" ({Show.Number(rule.Score)}; {Show.P(rule.P)})",
        (_, RuleOutcome.Equal) => $"a rule without attention reaches this score: {Show.Rule(rule.Rule)} ({Show.Number(rule.Score)})",
        _ => $"a rule without attention scores more: {Show.Rule(rule.Rule)} ({Show.Number(rule.Score)})",
    };

    private static IEnumerable<RowView> RuleRows(Cell[] cells, string[] tasks, bool hasAverage) =>
        cells.SelectMany(c => c.Rules).DistinctBy(r => r.Rule).OrderBy(r => r.Score).ThenBy(r => r.Rule, StringComparer.Ordinal).Select(r => r.Rule)
            .Select(rule => new RowView($"{Show.Rule(rule)} (rule)", true,
            [
                .. tasks.Select(t => cells.Where(c => c.Task == t).SelectMany(c => c.Rules).Where(r => r.Rule == rule).ToArray() is { Length: > 0 } found
                    ? new CellView("rule") { Ours = Range(found), Seeds = $"{Show.Count(found.Max(f => f.Count))} {TableMetric.Split(cells[0].Suite)} examples" }
                    : new CellView("empty")),
                .. hasAverage ? [new CellView("empty")] : Array.Empty<CellView>(),
            ]));

    /// <summary>One value where all models were scored on the same examples, else the range.</summary>
    private static string Range(RuleComparison[] rules)
    {
        var low = Show.Number(rules.Min(r => r.Score));
        var high = Show.Number(rules.Max(r => r.Score));
        return low == high ? low : $"{low} to {high}";
    }
}
