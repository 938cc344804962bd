// SPDX-License-Identifier: MIT
using System.Globalization;
using CsvHelper;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Exports;

/// <summary>results.csv: one row per cell with runs, then one per measured value. With two humps, mean and sd are those of the converged runs.</summary>
internal static class ResultsCsv
{
    private static readonly string[] Columns =
    [
        "suite", "task", "model", "metric", "scale", "protocol", "seeds", "mean", "sd", "published", "confidence", "verdict", "data", "command",
        "runs_in_mean", "p_raw", "p_holm", "reason", "runs", "lower_runs", "lower_mean", "lower_sd", "parted_at",
    ];

    public static void Write(IReadOnlyList<Cell> cells, ReportInput input, TextWriter writer)
    {
        using var csv = CsvWriter.Create(writer, CsvWriterOptions.Default with { NewLine = "\n" }, leaveOpen: true);
        csv.WriteRecord(Columns);
        foreach (var cell in cells.Where(c => c.HasRuns))
        {
            csv.WriteRecord(Row(cell));
        }

        foreach (var row in input.Efficiency.OrderBy(e => e.Device, StringComparer.Ordinal).SelectMany(Rows).Concat(input.Approximation is { } a ? Rows(a) : []))
        {
            csv.WriteRecord(row);
        }
    }

    /// <summary>Task is the length, protocol the mode, seeds empty; mean is the median of the steps.</summary>
    private static IEnumerable<string[]> Rows(EfficiencyRecord record) =>
        from point in record.Points
        from value in (IEnumerable<(string Metric, double? Value)>)[("milliseconds", point.Milliseconds?.Median), ("megabytes", point.Megabytes)]
        where value.Value is not null
        select Measured("efficiency-" + record.Device, $"n={point.Length.ToString(CultureInfo.InvariantCulture)}", point.Model, value.Metric, record.Plan, point.Mode, value.Value!.Value, point.Samples, record.Command);

    /// <summary>Task is the length, model the sampler with m, protocol the input; mean is the root mean square over draws.</summary>
    private static IEnumerable<string[]> Rows(ApproximationRecord record) => record.Errors.Select(e => Measured(
        "approximation", $"n={e.Length.ToString(CultureInfo.InvariantCulture)}", $"{e.Sampler} m={e.HashCount.ToString(CultureInfo.InvariantCulture)}", $"{e.Quantity} relative error", record.Plan, e.Input, e.Error, e.Draws, record.Command));

    private static string[] Measured(string suite, string task, string model, string metric, string scale, string protocol, double value, int count, string command) =>
    [
        suite, task, model, metric, scale, protocol, "", Show.Exact(value), "", "", "", "", "measured", command, count.ToString(CultureInfo.InvariantCulture), "", "", "", "", "", "", "", "",
    ];

    private static string[] Row(Cell cell) =>
    [
        cell.Suite, cell.Task, cell.Model, cell.Metric, cell.Scale, cell.Runs[0].Protocol.Name,
        string.Join(' ', cell.Runs.Select(r => r.Job.Seed.ToString(CultureInfo.InvariantCulture))),
        Show.Exact(cell.Shown.Mean), cell.Shown.Count > 1 ? Show.Exact(cell.Shown.StandardDeviation) : "",
        cell.Published is { } p ? p.Value.ToString("F" + p.Decimals, CultureInfo.InvariantCulture) : "", cell.Published?.ConfidenceName ?? "",
        cell.Verdict!.Name, cell.Runs[0].Data.Kind, string.Join(" && ", cell.Commands),
        cell.Shown.Count.ToString(CultureInfo.InvariantCulture),
        cell.Verdict.RawP is { } raw ? Show.Exact(raw) : "", cell.Verdict.HolmP is { } holm ? Show.Exact(holm) : "", cell.Verdict.Reason,
        cell.Sample.Count.ToString(CultureInfo.InvariantCulture), .. Lower(cell.Humps),
    ];

    /// <summary>The runs that the mean leaves out: empty where all lie in one group.</summary>
    private static string[] Lower(Humps? humps) => humps is null
        ? ["", "", "", ""]
        :
        [
            humps.Lower.Count.ToString(CultureInfo.InvariantCulture), Show.Exact(humps.Lower.Mean), humps.Lower.Count > 1 ? Show.Exact(humps.Lower.StandardDeviation) : "",
            Show.Exact(humps.Threshold),
        ];
}
