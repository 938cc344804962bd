// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Records;

/// <summary>approximation.json: how far sampled YOSO is from its expectation. Read with <see cref="RunRecordJson.Options"/>.</summary>
public sealed record ApproximationRecord
{
    public const int CurrentSchemaVersion = 1;

    public int SchemaVersion { get; init; } = CurrentSchemaVersion;

    /// <summary>Of what decides the numbers: program, plan, the runs of the pictures; null in older records.</summary>
    public string? Key { get; init; }

    /// <summary>"smoke" or "full".</summary>
    public required string Plan { get; init; }
    public required DateTimeOffset StartedAt { get; init; }
    public required double WallSeconds { get; init; }
    public required string Command { get; init; }
    public required RunFingerprint Fingerprint { get; init; }
    public required IReadOnlyList<ApproximationError> Errors { get; init; }
    public required IReadOnlyList<ApproximationSlope> Slopes { get; init; }

    /// <summary>Attention matrices of trained models, files beside this one.</summary>
    public required IReadOnlyList<AttentionPicture> Pictures { get; init; }
}

/// <summary>The relative error of one quantity, root mean square over draws of the hashes, with a 95 % interval.</summary>
public sealed record ApproximationError
{
    /// <summary>random or clustered unit vectors.</summary>
    public required string Input { get; init; }
    public required int Length { get; init; }

    /// <summary>τ.</summary>
    public required int HashCodeLength { get; init; }

    /// <summary>m.</summary>
    public required int HashCount { get; init; }

    /// <summary>Shared (upstream's) or Spread.</summary>
    public required string Sampler { get; init; }

    /// <summary>output, unit-output (after normalisation of its rows), value-gradient, query-gradient or key-gradient.</summary>
    public required string Quantity { get; init; }
    public required int Draws { get; init; }
    public required double Error { get; init; }
    public required double Low { get; init; }
    public required double High { get; init; }

    /// <summary>By the variance of independent hashes, in closed form; null for unit-output, which has none.</summary>
    public double? Predicted { get; init; }
}

/// <summary>Slope of the error over m on log-log axes, with a 95 % interval; -1/2 where the variance falls as 1/m.</summary>
public sealed record ApproximationSlope(string Input, int Length, string Sampler, string Quantity, double Slope, double Low, double High);

/// <summary>A file with the attention matrices of a trained model.</summary>
public sealed record AttentionPicture(string File, string Job, string Key, string Description);
