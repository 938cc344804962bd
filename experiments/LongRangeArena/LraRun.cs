// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>One cell of the LRA table, complete: data, network, training and protocol. Its canonical JSON is part of the job's key.</summary>
internal sealed record LraRun
{
    public required string Task { get; init; }
    public required string Model { get; init; }

    /// <summary>smoke, nightly or paper.</summary>
    public required string Scale { get; init; }
    public required ListOpsOptions Data { get; init; }
    public required LraClassifierOptions Network { get; init; }
    public required TrainingOptions Training { get; init; }
    public required LraProtocol Protocol { get; init; }

    public IEnumerable<string> Problems() => Data.Problems().Concat(Network.Problems()).Concat(Training.Problems());
}

/// <summary>Upstream's evaluation rules as named options (docs/architecture.md): neither silently fixed nor silently kept.</summary>
internal sealed record LraProtocol
{
    /// <summary>"paper" when all values are upstream's.</summary>
    public string Name { get; init; } = "paper";

    /// <summary>Upstream scores whole test batches only: 1,984 of 2,000 ListOps examples.</summary>
    public bool DropLastTestBatch { get; init; } = true;

    /// <summary>Whole dev batches of one evaluation; upstream visits them in a new order each time, here the order is fixed.</summary>
    public int DevBatches { get; init; } = 62;

    /// <summary>The mean over tokens divides by the padded length, so padding counts as zeros.</summary>
    public string MeanDivisor { get; init; } = "padded-length";
}
