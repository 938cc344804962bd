// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Reports;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Commands;

/// <summary>Collects what the report is a function of: records, failures, curves, commit and time.</summary>
internal static class ReportInputs
{
    /// <summary>Renders into output/report and returns the line that says where.</summary>
    public static string Render(string output, TimeProvider time)
    {
        var store = new RunStore(output);
        var newest = NewestPerCell(store.Folders());
        var (commit, dirty) = Fingerprint.Git();
        var input = new ReportInput
        {
            Runs = [.. newest.Select(r => r.Record)],
            Failures = [.. store.Failures().Where(f => newest.All(r => r.Record.Job != f.Job)).DistinctBy(f => f.Job).Select(f => new FailedJob(f.Job, f.Reason, Path.GetRelativePath(Path.GetFullPath(output), Path.GetFullPath(f.LogPath))))],
            Curves = newest.ToDictionary(r => r.Record.Key, r => Curve(r.Folder)),
            GeneratedAt = time.GetUtcNow(),
            Commit = commit,
            GitDirty = dirty,
        };
        var folder = Path.Combine(output, "report");
        Report.Render(input, folder);
        return $"report: {Path.Combine(folder, "report.html")} ({input.Runs.Count} runs, {input.Failures.Count} failed)";
    }

    /// <summary>A cell may have several keys (code or settings changed): the newest record speaks for it.</summary>
    private static (string Folder, RunRecord Record)[] NewestPerCell(IEnumerable<(string Folder, RunRecord Record)> all) =>
    [
        .. all.GroupBy(r => (r.Record.Job, r.Record.Inputs.Device))
            .Select(g => g.MaxBy(r => r.Record.StartedAt))
            .OrderBy(r => Array.IndexOf(Names.Models, r.Record.Job.Model)).ThenBy(r => r.Record.Job.Seed),
    ];

    private static IReadOnlyList<CurvePoint> Curve(string folder)
    {
        var path = Path.Combine(folder, "metrics.csv");
        return File.Exists(path) ? [.. MetricRows.Parse(File.ReadAllText(path)).Select(r => new CurvePoint(r.Step, r.Split, r.Metric, r.Value))] : [];
    }
}
