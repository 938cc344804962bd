// SPDX-License-Identifier: MIT
using Yoso.Reports.Tables;

namespace Yoso.Reports.Verdicts;

/// <summary>Gives every cell of one table its verdict; Holm's correction runs over the cells that could be tested.</summary>
internal static class Judge
{
    public static IReadOnlyList<Cell> Judged(IReadOnlyList<Cell> table)
    {
        var tests = table.Select(c => c.HasRuns && NotComparableReasons(c).Count == 0 ? Test(c) : null).ToArray();
        var tested = Enumerable.Range(0, tests.Length).Where(i => tests[i]?.Comparison is not null).ToArray();
        var holm = HolmCorrection.Adjust([.. tested.Select(i => tests[i]!.Comparison!.P)]);
        return
        [
            .. table.Select((cell, i) => !cell.HasRuns ? cell : cell with
            {
                Verdict = tests[i] is not { } test
                    ? new Verdict(VerdictKind.NotComparable, string.Join(", ", NotComparableReasons(cell)))
                    : Decide(cell, test, Array.IndexOf(tested, i) is >= 0 and var at ? holm[at] : null, tested.Length),
            }),
        ];
    }

    /// <summary>Why a cell's number may not be held against the paper's; empty when it may.</summary>
    public static IReadOnlyList<string> NotComparableReasons(Cell cell)
    {
        var record = cell.Runs[0];
        return
        [
            .. new[]
            {
                cell.Scale == "paper" ? null : $"{cell.Scale} scale",
                record.Data.Kind == "original" ? null : $"{record.Data.Kind} data",
                record.Protocol.Name == "paper" ? null : $"{record.Protocol.Name} protocol",
                cell.Runs.All(r => r.Trusted) ? null : "an input changed during a run",
                cell.Published switch
                {
                    null => "no published value",
                    { Confidence: Published.Confidence.Remembered } => "published only remembered",
                    _ => null,
                },
                cell.Margin is null ? "no margin fixed" : null,
            }.OfType<string>(),
        ];
    }

    private sealed record CellTest(Sample Sample, double Margin, double Resolution, string Among, bool OtherGroup, ComparisonTest? Comparison);

    /// <summary>With two humps only the runs on the published value's side are held against it.</summary>
    private static CellTest Test(Cell cell)
    {
        var published = cell.Published!;
        var margin = cell.Margin!.Points + published.Rounding;
        var resolution = 100.0 / Math.Max(1, cell.TestCount);
        if (cell is { Humps: null, Margin.ConvergedAbove: { } least } && published.Value >= least != cell.Sample.Mean >= least)
        {
            return new CellTest(cell.Sample, margin, resolution, "", true, ComparisonTest.OtherGroup(cell.Sample, published.Value));
        }

        var sample = cell.Humps is { } humps ? published.Value >= humps.Threshold ? humps.Upper : humps.Lower : cell.Sample;
        var among = cell.Humps is null ? "" : $" among the {sample.Count} of {cell.Sample.Count} runs on the published value's side of {Show.Number(cell.Humps.Threshold)}";
        return new CellTest(sample, margin, resolution, among, false, ComparisonTest.Of(sample, published.Value, margin, resolution));
    }

    private static Verdict Decide(Cell cell, CellTest test, double? holm, int tested)
    {
        if (test.Comparison is not { } comparison)
        {
            return new Verdict(VerdictKind.Inconclusive, $"one run{test.Among} has no spread; 2 more seeds are the least that can decide");
        }

        var difference = test.OtherGroup
            ? $"difference {Show.Signed(comparison.Difference)}: the published run {(comparison.Difference < 0 ? "converged and none of ours did" : "had not converged and all of ours did")}"
            : $"difference {Show.Signed(comparison.Difference)}, margin ±{Show.Number(test.Margin)}{test.Among}";
        if (holm <= ComparisonTest.Alpha)
        {
            return new Verdict(comparison.Leaning, difference) { RawP = comparison.P, HolmP = holm };
        }

        var alone = comparison.P <= ComparisonTest.Alpha ? "; decided alone, not over the whole table" : "";
        return new Verdict(VerdictKind.Inconclusive, $"{difference}; {Advice(cell, test, ComparisonTest.Alpha / tested)}{alone}") { RawP = comparison.P, HolmP = holm };
    }

    /// <summary>What would decide at <paramref name="alpha"/>, the strictest level that Holm's correction asks of any cell.</summary>
    private static string Advice(Cell cell, CellTest test, double alpha)
    {
        var more = test.OtherGroup
            ? ComparisonTest.MoreSeedsInOtherGroup(test.Sample.Count, alpha)
            : ComparisonTest.MoreSeeds(test.Sample, cell.Published!.Value, test.Margin, test.Resolution, alpha);
        return (more, test.OtherGroup) switch
        {
            (null, _) => "no number of seeds decides, since the one printed number is as uncertain as the margin is wide",
            ({ } k, true) => $"{Show.Plural(k, "more seed")} on this side would decide, since one printed run says little of the share that converges",
            ({ } k, _) => $"{Show.Plural(k, "more seed")} of this mean and spread would decide",
        };
    }
}
