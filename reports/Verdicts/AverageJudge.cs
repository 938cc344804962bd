// SPDX-License-Identifier: MIT
using Yoso.Reports.Published;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Verdicts;

/// <summary>
/// The verdict of a model's average over the tasks of a suite. It rests on the same runs as the cells, so it is no further member of the
/// table's family of tests and has no Holm correction.
/// </summary>
internal static class AverageJudge
{
    /// <param name="cells">The model's cell of every task, each with runs.</param>
    public static Verdict Judge(IReadOnlyList<Cell> cells, PublishedNumber? published, Margin? margin)
    {
        string[] reasons =
        [
            .. cells.SelectMany(c => Verdicts.Judge.NotComparableReasons(c)).Where(r => r is not ("published only remembered" or "no published value")).Distinct(),
            .. published switch
            {
                null => ["no published value"],
                { Confidence: Confidence.Remembered } => ["published only remembered"],
                _ => Array.Empty<string>(),
            },
            .. margin is null ? ["no margin fixed"] : Array.Empty<string>(),
        ];
        if (reasons.Length > 0)
        {
            return new Verdict(VerdictKind.NotComparable, string.Join(", ", reasons.Distinct()));
        }

        if (cells.Any(c => c.Humps is not null))
        {
            return new Verdict(VerdictKind.Inconclusive, "the results of a task have two groups, so a mean over tasks has no single value");
        }

        var sample = PerSeed(cells);
        var width = margin!.Points + published!.Rounding;
        if (ComparisonTest.Of(sample, published.Value, width, 100.0 / cells.Min(c => c.TestCount) / cells.Count) is not { } test)
        {
            return new Verdict(VerdictKind.Inconclusive, $"{sample.Count} seed with all tasks has no spread; {2 - sample.Count} more {(sample.Count == 1 ? "is" : "are")} the least that can decide");
        }

        var difference = $"difference {Show.Signed(test.Difference)}, margin ±{Show.Number(width)}, {Show.Seeds(sample.Count)} with all tasks";
        return test.P <= ComparisonTest.Alpha
            ? new Verdict(test.Leaning, difference) { RawP = test.P }
            : new Verdict(VerdictKind.Inconclusive, $"{difference}; {Advice(sample, published.Value, width)}") { RawP = test.P };
    }

    /// <summary>Means over the tasks of one seed each, for the seeds that all tasks have.</summary>
    private static Sample PerSeed(IReadOnlyList<Cell> cells)
    {
        var common = cells.Select(c => c.Runs.Select(r => r.Job.Seed)).Aggregate((a, b) => a.Intersect(b)).Order();
        return new Sample([.. common.Select(seed => cells.Average(c => Cell.Value(c.Runs.First(r => r.Job.Seed == seed), c.Metric)!.Value))]);
    }

    private static string Advice(Sample sample, double published, double margin) =>
        ComparisonTest.MoreSeeds(sample, published, margin, 0, ComparisonTest.Alpha) is { } more
            ? $"{Show.Plural(more, "more seed")} of this mean and spread would decide"
            : "no number of seeds decides, since the one printed number is as uncertain as the margin is wide";
}
