// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Reports.Records;

/// <summary>
/// What one finished job leaves behind as run.json: written last, never changed. Every table, figure and export is a pure
/// function of these records, the published numbers and the templates (docs/architecture.md).
/// </summary>
public sealed record RunRecord
{
    public const int CurrentSchemaVersion = 1;

    public int SchemaVersion { get; init; } = CurrentSchemaVersion;
    public required JobIdentity Job { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the canonical JSON of <see cref="Inputs"/>.</summary>
    public required string Key { get; init; }
    public required RunInputs Inputs { get; init; }
    public required IReadOnlyList<MetricResult> Results { get; init; }

    /// <summary>Rules that know nothing of attention, scored on the same test examples: majority class, ListOps root operator.</summary>
    public IReadOnlyList<BaselineResult> Baselines { get; init; } = [];
    public required RunProtocol Protocol { get; init; }
    public required DataDescription Data { get; init; }
    public required RunFingerprint Fingerprint { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required double WallSeconds { get; init; }

    /// <summary>Peak resident memory of the process, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Trainable parameters of the model.</summary>
    public required long ParameterCount { get; init; }

    /// <summary>Steps trained and the median training step time in seconds.</summary>
    public required int Steps { get; init; }
    public required double SecondsPerStep { get; init; }

    /// <summary>The command line that makes this record again, from the repository root.</summary>
    public required string Command { get; init; }

    /// <summary>False when an input changed while the job ran.</summary>
    public bool Trusted { get; init; } = true;
}

/// <summary>One suite x task x model x seed at one scale, e.g. lra/listops/yoso-32, seed 1, smoke.</summary>
public sealed record JobIdentity
{
    public required string Suite { get; init; }
    public required string Task { get; init; }
    public required string Model { get; init; }
    public required int Seed { get; init; }

    /// <summary>smoke, nightly or paper: smaller scales shrink data, steps, batch and length, never the algorithm.</summary>
    public required string Scale { get; init; }

    /// <summary>paper (upstream's evaluation rules) or clean (without their shortcuts); <see cref="RunProtocol"/> says what that meant.</summary>
    public string Protocol { get; init; } = "paper";

    public override string ToString() => $"{Suite}/{Task}/{Model}";
}

/// <summary>Everything that decides the result, and nothing else: no path, host, time or thread count.</summary>
public sealed record RunInputs
{
    /// <summary>The resolved configuration record as JSON.</summary>
    public required JsonElement Configuration { get; init; }
    public required int Seed { get; init; }
    public required string DataDigest { get; init; }

    /// <summary>Keys of the jobs whose results this one reads, by name: the pre-training under a fine-tuning.</summary>
    public IReadOnlyDictionary<string, string> Needs { get; init; } = new SortedDictionary<string, string>();
    public required string CodeDigest { get; init; }
    public required string KernelDigest { get; init; }

    /// <summary>cpu or cuda.</summary>
    public required string Device { get; init; }
    public required string Precision { get; init; }
}

/// <summary>One number: metric "accuracy" in percent or "loss" in nat per example, on split "dev" or "test".</summary>
public sealed record MetricResult(string Split, string Metric, double Value, int Count);

/// <summary>A rule's score on the same examples as the model's; <paramref name="Rule"/> is e.g. "majority-class" or "root-operator".</summary>
public sealed record BaselineResult(string Rule, string Split, string Metric, double Value, int Count);

/// <summary>How the number came about, in the names of docs/architecture.md.</summary>
public sealed record RunProtocol
{
    /// <summary>Name of the whole protocol: "paper" (upstream's rules) or "clean".</summary>
    public required string Name { get; init; }

    /// <summary>The split on which the checkpoint was chosen.</summary>
    public required string SelectionSplit { get; init; }

    /// <summary>"best-dev-accuracy" or "last".</summary>
    public required string CheckpointRule { get; init; }

    /// <summary>Whether the last partial test batch is left out, as upstream does.</summary>
    public required bool DropLastTestBatch { get; init; }
    public required int TestExamplesScored { get; init; }
    public required int TestExamples { get; init; }
    public required string Precision { get; init; }

    /// <summary>Further named options, e.g. "mean-divisor" = "padded-length".</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}

/// <summary>The data set a run used.</summary>
public sealed record DataDescription
{
    public required string Name { get; init; }
    public required string Digest { get; init; }

    /// <summary>original (the benchmark's own files), sample (the pack in samples/) or generated.</summary>
    public required string Kind { get; init; }
    public required string Licence { get; init; }
    public required string Source { get; init; }
    public required int TrainCount { get; init; }
    public required int DevCount { get; init; }
    public required int TestCount { get; init; }
}

/// <summary>Where a run happened; nothing of it enters the key.</summary>
public sealed record RunFingerprint
{
    public required string OperatingSystem { get; init; }
    public required string Cpu { get; init; }
    public required string CpuKernels { get; init; }
    public required int Threads { get; init; }
    public string? Gpu { get; init; }
    public string? Driver { get; init; }
    public required string LibTorch { get; init; }
    public required string DotNet { get; init; }
    public required string GitCommit { get; init; }
    public required bool GitDirty { get; init; }

    /// <summary>The container image with its digest; null outside of containers.</summary>
    public string? Image { get; init; }
}
