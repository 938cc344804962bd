// SPDX-License-Identifier: MIT
using Yoso.Reports.Records;

namespace Yoso.Reports;

/// <summary>All that a report is made of; the same input always gives the same bytes.</summary>
public sealed record ReportInput
{
    /// <summary>Finished runs, in any order; several seeds of a cell are pooled.</summary>
    public required IReadOnlyList<RunRecord> Runs { get; init; }

    /// <summary>Jobs that ended without a record.</summary>
    public IReadOnlyList<FailedJob> Failures { get; init; } = [];

    /// <summary>Jobs that should have a record: what is neither here as a run nor as a failure is listed as missing.</summary>
    public IReadOnlyList<JobIdentity> Expected { get; init; } = [];

    /// <summary>Metric rows by <see cref="RunRecord.Key"/>; runs without an entry are left out of the plots.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<CurvePoint>> Curves { get; init; } = new Dictionary<string, IReadOnlyList<CurvePoint>>();

    /// <summary>One a device; none where nothing was measured.</summary>
    public IReadOnlyList<EfficiencyRecord> Efficiency { get; init; } = [];

    public ApproximationRecord? Approximation { get; init; }

    /// <summary>SVG texts of attention matrices by <see cref="AttentionPicture.File"/>.</summary>
    public IReadOnlyDictionary<string, string> Pictures { get; init; } = new Dictionary<string, string>();

    /// <summary>The time printed in the report.</summary>
    public required DateTimeOffset GeneratedAt { get; init; }

    /// <summary>The commit of the program that renders; the runs carry their own.</summary>
    public required string Commit { get; init; }
    public bool GitDirty { get; init; }
}

/// <summary>A job without a result: the one-line reason and where its log lies.</summary>
public sealed record FailedJob(JobIdentity Job, string Reason, string LogPath);

/// <summary>One row of a run's metrics.csv, e.g. step 250, split "dev", metric "accuracy" in percent.</summary>
public sealed record CurvePoint(int Step, string Split, string Metric, double Value);
