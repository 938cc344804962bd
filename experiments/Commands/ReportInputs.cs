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
        var bench = Path.Combine(output, "bench");
        var approximation = Read(Path.Combine(bench, "approximation.json"), RunRecordJson.TryReadApproximation);
        var input = new ReportInput
        {
            Runs = [.. newest.Select(r => r.Record)],
            Failures = [.. store.Failures().Where(f => newest.All(r => r.Record.Job != f.Job)).DistinctBy(f => f.Job).Select(f => new FailedJob(f.Job, f.Reason, Path.GetRelativePath(Path.GetFullPath(output), Path.GetFullPath(f.LogPath))))],
            Curves = newest.ToDictionary(r => r.Record.Key, r => Curve(r.Folder)),
            Efficiency = [.. new[] { "cpu", "cuda" }.Select(d => Read(Path.Combine(bench, $"efficiency-{d}.json"), RunRecordJson.TryReadEfficiency)).OfType<EfficiencyRecord>()],
            Approximation = approximation,
            Pictures = Pictures(bench, approximation?.Pictures ?? []),
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
            .OrderBy(r => Array.IndexOf(Names.Models, Names.WithoutStep(r.Record.Job.Model))).ThenBy(r => r.Record.Job.Seed),
    ];

    private delegate T? Reader<T>(string path, out string? problem);

    /// <summary>A record that cannot be read is said and left out: the rest of the report does not depend on it.</summary>
    private static T? Read<T>(string path, Reader<T> read)
        where T : class
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var record = read(path, out var problem);
        if (record is null)
        {
            Console.Error.WriteLine($"yoso: left out of the report: {problem}");
        }

        return record;
    }

    /// <summary>Those of a record's files that lie beside it.</summary>
    private static Dictionary<string, string> Pictures(string folder, IEnumerable<AttentionPicture> pictures) =>
        pictures.Select(p => p.File).Distinct().Where(f => Path.GetFileName(f) == f && File.Exists(Path.Combine(folder, f))).ToDictionary(f => f, f => File.ReadAllText(Path.Combine(folder, f)));

    private static IReadOnlyList<CurvePoint> Curve(string folder)
    {
        var path = Path.Combine(folder, "metrics.csv");
        return File.Exists(path) ? [.. MetricRows.Parse(File.ReadAllText(path)).Select(r => new CurvePoint(r.Step, r.Split, r.Metric, r.Value))] : [];
    }
}
