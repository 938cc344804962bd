// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;

namespace Yoso.Cuda.SelfTest;

/// <summary>What yoso-kernels prints.</summary>
internal sealed record SelfTestReport
{
    public required int Schema { get; init; }

    /// <summary>UTC, to the second.</summary>
    public required string Date { get; init; }

    public required string Command { get; init; }

    public required string Device { get; init; }

    public required string Architecture { get; init; }

    /// <summary>CUDA version of the driver.</summary>
    public required string Driver { get; init; }

    /// <summary>Compiler of the kernels, and whether machine code or PTX runs.</summary>
    public required string Kernels { get; init; }

    public required string SourceDigest { get; init; }

    /// <summary>Registers, shared and local memory as the driver reports them for what it loaded.</summary>
    public KernelUse[] Use { get; set; } = [];

    public CheckSummary? Check { get; set; }

    /// <summary>Bytes read and written a second by a copy within the device's memory, GB/s.</summary>
    public double? CopyBandwidth { get; set; }

    public BenchRow[] Bench { get; set; } = [];
}

internal sealed record KernelUse(string Kernel, int Width, int Registers, int SharedBytes, int LocalBytes);

/// <param name="Cases">Cases that ran.</param>
/// <param name="Comparisons">Tensors that were compared.</param>
/// <param name="LargestErrorOfTolerance">Of all floating-point comparisons, 1 would be a failure.</param>
/// <param name="Seconds">Wall time.</param>
/// <param name="Failures">One line each.</param>
internal sealed record CheckSummary(int Cases, int Comparisons, double LargestErrorOfTolerance, double Seconds, string[] Failures);

/// <summary>One benchmark point: 8 sequences of n tokens, 8 heads; unit queries and keys in random directions. Milliseconds are medians of the rounds.</summary>
internal sealed record BenchRow
{
    public required int N { get; init; }

    public required int D { get; init; }

    public required int M { get; init; }

    public required int Tau { get; init; }

    public required double HashMs { get; init; }

    public required double ForwardMs { get; init; }

    public required double BackwardMs { get; init; }

    public required double SampledBackwardMs { get; init; }

    /// <summary>Hash, forward and LowerBound backward: the sum of the medians.</summary>
    public required double TotalMs { get; init; }

    /// <summary>Bytes that must cross the device's memory once: queries, keys, values, output and their gradients, and the codes.</summary>
    public required long FloorBytes { get; init; }

    /// <summary>FloorBytes at the measured copy bandwidth.</summary>
    public required double FloorMs { get; init; }

    /// <summary>FloorMs / TotalMs.</summary>
    public required double FractionOfFloor { get; init; }

    /// <summary>FloorBytes / TotalMs, GB/s.</summary>
    public required double AchievedBandwidth { get; init; }

    /// <summary>Colliding pairs of all hashes, from the codes of a few items.</summary>
    public required double Pairs { get; init; }

    /// <summary>Rows read for pairs, once forward and twice two rows backward, by TotalMs, GB/s: what caches and registers must serve.</summary>
    public required double GatherBandwidth { get; init; }

    /// <summary>Workspace and codes, MiB.</summary>
    public required double ExtraMemoryMiB { get; init; }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SelfTestReport))]
internal sealed partial class ReportJson : JsonSerializerContext;
