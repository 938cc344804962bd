// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>
/// Scales: functions from a paper configuration to a smaller one. They shrink data, steps, batch and length, and raise the
/// learning rate so that the few steps can learn something; the algorithm stays.
/// </summary>
internal static class LraScales
{
    public static LraRun Apply(LraRun paper, string scale) => scale switch
    {
        "paper" => paper,
        "nightly" => Shrink(paper, scale, minLength: 50, maxLength: 250, paddedLength: 256, trees: 20000, heldOut: 1000, steps: 1500, warmup: 150),
        "smoke" => Shrink(paper, scale, minLength: 5, maxLength: 60, paddedLength: 64, trees: 10000, heldOut: 1000, steps: 400, warmup: 40),
        _ => throw new ArgumentException($"no scale '{scale}'", nameof(scale)),
    };

    private static LraRun Shrink(LraRun paper, string scale, int minLength, int maxLength, int paddedLength, int trees, int heldOut, int steps, int warmup) => paper with
    {
        Scale = scale,
        Data = paper.Data with { MinLength = minLength, MaxLength = maxLength, PaddedLength = paddedLength, TrainCount = trees, DevCount = heldOut, TestCount = heldOut },
        Network = paper.Network with { PaddedLength = paddedLength },
        Training = paper.Training with { Steps = steps, WarmupSteps = warmup, LearningRate = 1e-3, EvaluateEvery = Math.Max(50, steps / 10) },
        Protocol = paper.Protocol with { DevBatches = heldOut / paper.Training.BatchSize },
    };
}
