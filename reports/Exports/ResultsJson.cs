// SPDX-License-Identifier: MIT
using System.Text.Json;
using System.Text.Json.Serialization;
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Exports;

/// <summary>results.json: cells with the value of every seed, rules, verdicts, failures, claims and measurements; the schema is versioned.</summary>
internal static class ResultsJson
{
    private const int SchemaVersion = 1;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.BasicLatin, System.Text.Unicode.UnicodeRanges.Latin1Supplement),
    };

    public static string Text(ReportInput input, IReadOnlyList<Cell> cells, ReportView view) => JsonSerializer.Serialize(
        new
        {
            SchemaVersion,
            input.GeneratedAt,
            input.Commit,
            input.GitDirty,
            Cells = cells.Select(Describe),
            Claims = view.Claims.Select(c => new { c.Text, c.Outcome, c.Probability, c.Detail, c.Basis }),
            input.Efficiency,
            input.Approximation,
        },
        Options) + "\n";

    private static object Describe(Cell c) => new
    {
        c.Suite,
        c.Task,
        c.Model,
        c.Scale,
        c.Metric,
        Runs = c.Runs.Select(r => new { r.Job.Seed, Value = Cell.Value(r, c.Metric), Loss = Cell.Value(r, "loss"), r.Key, r.Trusted, r.Command }),
        Mean = c.HasRuns ? c.Shown.Mean : (double?)null,
        Sd = c.Shown is { Count: > 1 } shown ? shown.StandardDeviation : (double?)null,
        RunsInMean = c.HasRuns ? c.Shown.Count : (int?)null,
        // Two groups of runs: mean and sd above are the upper one's.
        Humps = c.Humps is { } h ? new { PartedAt = h.Threshold, Lower = Group(h.Lower), Upper = Group(h.Upper) } : null,
        Published = c.Published is { } p ? new { p.Value, p.Decimals, Confidence = p.ConfidenceName, p.Publication, p.Table, p.Reference } : null,
        Verdict = c.Verdict is { } v ? new { Kind = v.Name, v.Reason, v.RawP, v.HolmP, Margin = c.Margin?.Points } : null,
        Rules = c.Rules.Select(r => new { r.Rule, r.Score, r.Count, Outcome = r.Outcome.ToString().ToLowerInvariant(), r.P }),
        Protocol = c.HasRuns ? c.Runs[0].Protocol : null,
        Data = c.HasRuns ? c.Runs[0].Data : null,
        Failed = c.Failed.Select(f => new { f.Job.Seed, f.Reason, Log = f.LogPath }),
        Missing = c.Missing.Select(j => j.Seed),
    };

    private static object Group(Sample sample) => new { Runs = sample.Count, sample.Mean, Sd = sample.Count > 1 ? sample.StandardDeviation : (double?)null };
}
