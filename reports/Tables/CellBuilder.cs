// SPDX-License-Identifier: MIT
using System.Text.Json;
using System.Text.Json.Nodes;
using Yoso.Reports.Published;
using Yoso.Reports.Records;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tables;

/// <summary>Pools runs into cells.</summary>
internal static class CellBuilder
{
    /// <summary>Every cell that has a run, a failure or is expected, in the paper's order; verdicts are given per table.</summary>
    public static IReadOnlyList<Cell> Build(ReportInput input, PublishedNumbers published, Margins margins)
    {
        var usable = input.Runs.Where(r => Cell.Value(r, TableMetric.Of(r.Job.Suite, r.Job.Task)) is not null).ToArray();
        return
        [
            .. input.Runs.Select(r => r.Job).Concat(input.Failures.Select(f => f.Job)).Concat(input.Expected)
                .Select(j => (j.Suite, j.Task, j.Model, j.Scale, j.Protocol)).Distinct()
                .OrderBy(c => PaperOrder.Scale(c.Scale)).ThenBy(c => PaperOrder.Protocol(c.Protocol)).ThenBy(c => PaperOrder.Suite(c.Suite))
                .ThenBy(c => PaperOrder.Model(c.Model)).ThenBy(c => PaperOrder.Task(c.Task))
                .Select(c => One(c, input, usable, published, margins))
                .GroupBy(c => (c.Setting, c.Suite)).SelectMany(table => Judge.Judged([.. table])),
        ];
    }

    private static Cell One((string Suite, string Task, string Model, string Scale, string Protocol) c, ReportInput input, RunRecord[] usable, PublishedNumbers published, Margins margins)
    {
        bool Mine(JobIdentity j) => (j.Suite, j.Task, j.Model, j.Scale, j.Protocol) == c;
        var all = usable.Where(r => Mine(r.Job)).ToArray();
        var runs = NewestPool(all);
        var metric = TableMetric.Of(c.Suite, c.Task);
        var margin = margins.Find(c.Suite, c.Task, metric);
        var failed = input.Failures.Where(f => Mine(f.Job))
            .Concat(input.Runs.Where(r => Mine(r.Job) && Cell.Value(r, metric) is null).Select(r => new FailedJob(r.Job, $"its record has no {TableMetric.Split(c.Suite)} {metric}", "")))
            .OrderBy(f => f.Job.Seed).ToArray();
        var cell = new Cell
        {
            Suite = c.Suite,
            Task = c.Task,
            Model = c.Model,
            Scale = c.Scale,
            Protocol = c.Protocol,
            Metric = metric,
            Runs = runs,
            OtherRuns = all.Length - runs.Count,
            Failed = failed,
            Missing = [.. input.Expected.Where(j => Mine(j) && all.All(r => r.Job.Seed != j.Seed) && failed.All(f => f.Job.Seed != j.Seed)).Distinct().OrderBy(j => j.Seed)],
            Published = published.Find(c.Suite, c.Task, c.Model, metric),
            Margin = margin,
        };
        // The known threshold holds for the paper's task only: smaller scales draw smaller trees with another label distribution.
        if (runs.Count > 0)
        {
            cell = cell with { Humps = Humps.Find(cell.Sample.Values, c.Scale == "paper" ? margin?.ConvergedAbove : null) };
            cell = cell with { Rules = Rules(cell) };
        }

        return cell;
    }

    /// <summary>Runs may be pooled when only the seed differs; of several pools the one with the newest run speaks for the cell.</summary>
    private static IReadOnlyList<RunRecord> NewestPool(IReadOnlyList<RunRecord> runs) =>
    [
        .. runs.GroupBy(PoolKey).OrderByDescending(g => g.Max(r => r.StartedAt)).ThenBy(g => g.Key, StringComparer.Ordinal).Take(1)
            .SelectMany(g => g.GroupBy(r => r.Job.Seed).Select(same => same.OrderByDescending(r => r.StartedAt).ThenBy(r => r.Key, StringComparer.Ordinal).First()))
            .OrderBy(r => r.Job.Seed),
    ];

    private static string PoolKey(RunRecord r)
    {
        var inputs = r.Inputs;
        var configuration = inputs.Configuration.ValueKind == JsonValueKind.Object ? JsonObject.Create(inputs.Configuration)! : [];
        configuration.Remove("seed");
        return string.Join('\n', configuration.ToJsonString(), inputs.DataDigest, inputs.CodeDigest, inputs.KernelDigest, inputs.Device, inputs.Precision,
            r.Protocol.Name, r.Protocol.SelectionSplit, r.Protocol.CheckpointRule, r.Protocol.DropLastTestBatch);
    }

    private static RuleComparison[] Rules(Cell cell)
    {
        var accuracy = cell.Shown.Mean;
        return
        [
            .. cell.Runs[0].Baselines.Where(b => b.Split == TableMetric.Split(cell.Suite) && b.Metric == cell.Metric && cell.Metric == "accuracy" && b.Count > 0)
                .Select(b => RuleComparison.Of(b.Rule, b.Value, accuracy, b.Count)),
        ];
    }
}
