// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Records;

/// <summary>efficiency.json: time and memory of a training step against the sequence length, one device. Read with <see cref="RunRecordJson.Options"/>.</summary>
public sealed record EfficiencyRecord
{
    public const int CurrentSchemaVersion = 1;

    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>Of what decides the numbers: program, plan, machine; null in older records.</summary>
    public string? Key { get; init; }

    /// <summary>"smoke": shows that it works, proves nothing; "full": the measurement.</summary>
    public required string Plan { get; init; }

    /// <summary>cpu or cuda.</summary>
    public required string Device { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required double WallSeconds { get; init; }
    public required string Command { get; init; }
    public required RunFingerprint Fingerprint { get; init; }

    /// <summary>One-minute load average before and after; null where the system has none.</summary>
    public double? LoadBefore { get; init; }
    public double? LoadAfter { get; init; }
    public required IReadOnlyList<string> Warnings { get; init; }
    public required IReadOnlyList<EfficiencyPoint> Points { get; init; }
    public required IReadOnlyList<EfficiencyExponent> Exponents { get; init; }
    public required IReadOnlyList<EfficiencyCrossover> Crossovers { get; init; }
    public required IReadOnlyList<EfficiencyRatio> Published { get; init; }
}

/// <summary>One model at one length, measured in a process of its own; times and memory are those of one instance, a batch divided by its size.</summary>
public sealed record EfficiencyPoint
{
    /// <summary>same-batch or max-batch.</summary>
    public required string Mode { get; init; }
    public required string Model { get; init; }
    public required int Length { get; init; }
    public int Batch { get; init; }

    /// <summary>Wall time in milliseconds; null when <see cref="Missing"/>.</summary>
    public MeasuredInterval? Milliseconds { get; init; }

    /// <summary>Processor time over threads in milliseconds, which other programs disturb less; null on a GPU.</summary>
    public MeasuredInterval? CpuMilliseconds { get; init; }
    public int Samples { get; init; }

    /// <summary>Peak MiB beyond what the process held before the model was made.</summary>
    public double? Megabytes { get; init; }

    /// <summary>Why there is no measurement.</summary>
    public string? Missing { get; init; }
}

/// <summary>A median with the interval that covers the true one with at least the stated probability, by order statistics.</summary>
public sealed record MeasuredInterval(double Median, double Low, double High, double Coverage);

/// <summary>Slope on log-log axes over the measured lengths, with a 95 % interval.</summary>
/// <param name="Quantity">time, cpu-time or memory.</param>
/// <param name="Part">step, or attention: the step less that of the model without attention.</param>
public sealed record EfficiencyExponent(string Mode, string Model, string Quantity, string Part, int FirstLength, int LastLength, double Exponent, double Low, double High);

/// <summary>The length from which a model is faster than softmax and stays so, between measured lengths by straight lines on log-log axes.</summary>
/// <param name="Length">Null when it is not faster at the largest length.</param>
/// <param name="Earliest">With all intervals at their ends in favour of the model, <paramref name="Latest"/> against it; null beyond the measured lengths.</param>
public sealed record EfficiencyCrossover(string Mode, string Model, double? Length, double? Earliest, double? Latest);

/// <summary>A published quotient of a mechanism over softmax at one length, beside ours. Other hardware, other code: only the quotient is comparable.</summary>
public sealed record EfficiencyRatio(string Source, string Model, int Length, string Quantity, double Published, double? OurStep, double? OurAttention);
