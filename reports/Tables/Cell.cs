// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.RegularExpressions;
using Yoso.Reports.Published;
using Yoso.Reports.Records;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tables;

/// <summary>One number of a table: a model on a task at one scale, over its seeds.</summary>
internal sealed record Cell
{
    public required string Suite { get; init; }
    public required string Task { get; init; }
    public required string Model { get; init; }
    public required string Scale { get; init; }

    /// <summary>paper, or clean: runs of the two are never in one table.</summary>
    public string Protocol { get; init; } = "paper";

    /// <summary>The metric of the table (<see cref="TableMetric"/>).</summary>
    public required string Metric { get; init; }

    /// <summary>Runs of the same configuration, data, code and protocol, by seed.</summary>
    public required IReadOnlyList<RunRecord> Runs { get; init; }

    /// <summary>Runs of the same name whose inputs differ from the newest's: shown nowhere, but counted.</summary>
    public int OtherRuns { get; init; }
    public IReadOnlyList<FailedJob> Failed { get; init; } = [];
    public IReadOnlyList<JobIdentity> Missing { get; init; } = [];
    public PublishedNumber? Published { get; init; }
    public Margin? Margin { get; init; }
    public Humps? Humps { get; init; }
    public IReadOnlyList<RuleComparison> Rules { get; init; } = [];
    public Verdict? Verdict { get; init; }

    private static readonly Regex SeedsOption = new(@"--seeds [0-9]+(?![^\s])", RegexOptions.CultureInvariant);

    public bool HasRuns => Runs.Count > 0;
    public string Name => $"{Suite}/{Task}/{Model}";

    /// <summary>The scale, and the protocol where it is not the paper's.</summary>
    public string Setting => Protocol == "paper" ? Scale : $"{Scale} scale, {Protocol} protocol";
    public Sample Sample => new([.. Runs.Select(r => Value(r, Metric)!.Value)]);
    public int TestCount => Runs.Count == 0 ? 0 : Runs.Min(r => Result(r, Metric)!.Count);

    /// <summary>The commands that make the cell's runs again: one with all seeds where they differ in "--seeds N" only.</summary>
    public IReadOnlyList<string> Commands =>
    [
        .. Runs.GroupBy(r => SeedsOption.Replace(r.Command, "--seeds")).Select(g => g.Count() == 1
            ? g.First().Command
            : SeedsOption.Replace(g.First().Command, $"--seeds {string.Join(' ', g.Select(r => r.Job.Seed.ToString(CultureInfo.InvariantCulture)).Distinct())}")),
    ];

    /// <summary>The value that the tables print: with two humps the mean among the converged runs, never one over both.</summary>
    public Sample Shown => Humps?.Upper ?? Sample;

    public static MetricResult? Result(RunRecord run, string metric) => run.Results.FirstOrDefault(r => r.Split == TableMetric.Split(run.Job.Suite) && r.Metric == metric);

    public static double? Value(RunRecord run, string metric) => Result(run, metric)?.Value;
}
