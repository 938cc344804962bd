// SPDX-License-Identifier: MIT
using Yoso.Reports.Checklists;
using Yoso.Reports.Claims;
using Yoso.Reports.Figures;
using Yoso.Reports.Published;
using Yoso.Reports.Records;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tables;

/// <summary>Turns cells into everything the templates print.</summary>
internal static class ReportViewBuilder
{
    public static ReportView Build(ReportInput input, IReadOnlyList<Cell> cells, PublishedNumbers published, Margins margins)
    {
        // A report about nothing says so in one line.
        var empty = cells.Count == 0 && input.Efficiency.Count == 0 && input.Approximation is null;
        return new ReportView
        {
            GeneratedAt = Show.Time(input.GeneratedAt),
            Commit = Show.Digest(input.Commit),
            Dirty = input.GitDirty,
            What = Summary.What(cells),
            Warnings = Summary.Warnings(cells),
            Tally = Summary.Tally(cells),
            Headlines = Summary.Headlines(cells),
            // What is decided is what a reader came for.
            Claims = [.. (empty ? [] : ClaimTests.Run(cells).Concat(MeasurementClaims.Run(input.Efficiency, input.Approximation))).OrderBy(c => c.Outcome is ClaimOutcome.NotTested).Select(View)],
            Tables = TableViews.Build(cells, published, margins),
            Measurements = empty ? [] : Measurements(input),
            Problems = Problems(cells),
            Figures = CurvePlots.Build(cells, input.Curves),
            Protocols = ProvenanceViews.Protocols(cells),
            Data = ProvenanceViews.Data(cells),
            Runs = ProvenanceViews.Runs(cells),
            Machines = ProvenanceViews.Machines(cells),
            Sources = Sources(cells),
            Margins = [.. margins.All.Where(m => cells.Any(c => c.HasRuns && c.Margin == m)).Select(m => new MarginView(Show.Task(m.Task), $"±{Show.Number(m.Points)}", m.Reason))],
            Checklist = [.. ReproducibilityChecklist.Answer(cells), .. ArtifactBadges.Answer(cells)],
        };
    }

    private static IReadOnlyList<MeasurementView> Measurements(ReportInput input) =>
    [
        .. input.Efficiency.Count == 0 ? [EfficiencyViews.Missing] : input.Efficiency.OrderBy(e => e.Device, StringComparer.Ordinal).Select(EfficiencyViews.Build),
        input.Approximation is { } a ? ApproximationViews.Build(a, input.Pictures) : ApproximationViews.Missing,
    ];

    private static ClaimView View(ClaimResult result) => new(
        TableViews.Slug(result.Name), result.Name, result.Claim.Text, result.Probability is { } p ? $"probability {Show.Number(p)}" : "", result.Detail, result.Claim.Basis);

    private static IReadOnlyList<ProblemView> Problems(IReadOnlyList<Cell> cells) =>
    [
        .. cells.SelectMany(c => c.Failed.Select(f => new ProblemView(c.Name, c.Scale, f.Job.Seed, "failed", f.Reason, f.LogPath))),
        .. cells.SelectMany(c => c.Missing.Select(j => new ProblemView(c.Name, c.Scale, j.Seed, "not run", "no record and no failure: not started, or still running", ""))),
    ];

    private static IReadOnlyList<SourceView> Sources(IReadOnlyList<Cell> cells) =>
    [
        .. cells.Where(c => c.HasRuns).Select(c => c.Published).OfType<PublishedNumber>().Distinct()
            .GroupBy(p => (p.Publication, p.Table, p.Reference, p.ConfidenceName))
            .Select(g => new SourceView(g.Key.Publication, g.Key.Table, g.Key.Reference, g.Key.ConfidenceName, string.Join(", ", g.Select(p => $"{p.Model} on {Show.Task(p.Task)}")))),
    ];
}
