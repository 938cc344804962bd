// SPDX-License-Identifier: MIT
using Yoso.Data.Pathfinder;
using Yoso.Data.Samples;
using Yoso.Data.Text;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>
/// Scales: functions from a paper configuration to a smaller one. They shrink data, steps, batch and length, and raise the
/// learning rate so that the few steps can learn something; the algorithm stays. Below paper scale nothing is downloaded: the
/// sample pack stands in.
/// </summary>
internal static class LraScales
{
    public static LraRun Apply(LraRun paper, string scale) => scale switch
    {
        "paper" => paper,
        "nightly" => Nightly(paper) with { Scale = scale },
        "smoke" => Smoke(paper) with { Scale = scale },
        _ => throw new ArgumentException($"no scale '{scale}'", nameof(scale)),
    };

    /// <summary>Sized by measured steps: with pre-training and GLUE a night of three models stays under an hour on two cores (docs/nightly.md).</summary>
    private static LraRun Nightly(LraRun paper) => paper.Data switch
    {
        ListOpsTrees trees => Trees(paper, trees, minLength: 50, maxLength: 250, paddedLength: 256, count: 20000, heldOut: 1000, Short(paper, 1500, 32)),
        ByteTexts => Shorter(paper, new ByteTexts { Options = Bytes(1024), IsSample = true }, 1024, Short(paper, 600, 32)),
        BytePairs => Shorter(paper, new BytePairs { Options = Bytes(1024), IsSample = true }, 1024, Short(paper, 600, 16, learningRate: 3e-3)),
        GreyImages => Shorter(paper, new GreyImages { IsSample = true }, 1024, Short(paper, 800, 64)),
        PathfinderImages images => Shorter(paper, images with { Options = Drawings(10000, 1000), PreferRelease = false }, 1024, Short(paper, 800, 64)),
        _ => throw new ArgumentException($"no nightly scale for {paper.Task}", nameof(paper)),
    };

    private static LraRun Smoke(LraRun paper) => paper.Data switch
    {
        ListOpsTrees trees => Trees(paper, trees, minLength: 5, maxLength: 60, paddedLength: 64, count: 10000, heldOut: 1000, Short(paper, 400, 32)),
        ByteTexts => Shorter(paper, new ByteTexts { Options = Bytes(512), IsSample = true }, 512, Short(paper, 100, 32, learningRate: 2e-3)),
        // The pack's own pairs (20 years apart, in any order) take minutes a model and LRA's images (14 dashes, 32 x 32) hours; these easier ones of the same kinds leave the plateau in seconds.
        BytePairs => Shorter(paper, new BytePairs { Options = Bytes(512), IsSample = true, Drawn = DistantSpeeches }, 512, Short(paper, 150, 16, learningRate: 2e-3)),
        PathfinderImages images => ShortContours(paper, images),
        GreyImages => Shorter(paper, new GreyImages { IsSample = true, Shrink = 2 }, 256, Short(paper, 300, 32, learningRate: 2e-3) with { EvaluateEvery = 100 }),
        _ => throw new ArgumentException($"no smoke scale for {paper.Task}", nameof(paper)),
    };

    /// <summary>Is the second passage of the same speech, or of one a century later?</summary>
    private static SpeechPairOptions DistantSpeeches => new() { TrainCount = 4800, DevCount = 400, TestCount = 800, YearsApart = 100, EarlierFirst = true };

    /// <summary>
    /// Two contours of two dashes and nothing else, 16 x 16: how near the discs are nearly decides. With so few pixels that are not black, the mean is over
    /// them: over the padded length it is too small to learn from in so few steps.
    /// </summary>
    private static LraRun ShortContours(LraRun paper, PathfinderImages images)
    {
        var data = images with { Options = Drawings(40000, 1024) with { ContourLength = 2, DistractorCount = 0, Shrink = 2 }, PreferRelease = false };
        var run = Shorter(paper, data, 256, Short(paper, 1000, 128));
        return run with { Network = run.Network with { MeanDivisor = MeanDivisor.TokenCount } };
    }

    private static LraRun Trees(LraRun paper, ListOpsTrees trees, int minLength, int maxLength, int paddedLength, int count, int heldOut, TrainingOptions training) => Shorter(
        paper,
        trees with { Options = trees.Options with { MinLength = minLength, MaxLength = maxLength, PaddedLength = paddedLength, TrainCount = count, DevCount = heldOut, TestCount = heldOut } },
        paddedLength,
        training);

    private static ByteTextOptions Bytes(int length) => new() { MaxBytes = length, PaddedLength = length };

    private static PathfinderOptions Drawings(int train, int heldOut) => new() { TrainCount = train, DevCount = heldOut, TestCount = heldOut };

    /// <summary>A tenth of the steps is warm-up; ten evaluations, or one each 50 steps where that is less often.</summary>
    private static TrainingOptions Short(LraRun paper, int steps, int batchSize, double learningRate = 1e-3) => paper.Training with
    {
        BatchSize = batchSize,
        MicroBatchSize = 0,
        Steps = steps,
        WarmupSteps = steps / 10,
        LearningRate = learningRate,
        EvaluateEvery = Math.Max(50, steps / 10),
    };

    /// <summary>An evaluation sees all whole dev batches.</summary>
    private static LraRun Shorter(LraRun paper, LraData data, int paddedLength, TrainingOptions training) => paper with
    {
        Data = data,
        Network = paper.Network with { PaddedLength = paddedLength },
        Training = training,
        Protocol = paper.Protocol with { DevBatches = int.MaxValue / training.BatchSize },
    };
}
