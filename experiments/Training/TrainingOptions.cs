// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Training;

/// <summary>How the learning rate moves over the steps.</summary>
internal enum ScheduleKind
{
    /// <summary><see cref="OneCycleSchedule"/>: up, then down, with beta1 the other way.</summary>
    OneCycle,

    /// <summary>The same learning rate throughout, beta1 0.9: upstream's fine-tuning of BERT.</summary>
    Constant,
}

/// <summary>Which weights are the result of a run.</summary>
internal enum WeightRule
{
    /// <summary>Those of the best evaluation on dev.</summary>
    BestDev,

    /// <summary>Those after the last step, as in pre-training.</summary>
    Last,
}

/// <summary>How a model is trained: AdamW under a linear one-cycle schedule, upstream's values as defaults.</summary>
internal sealed record TrainingOptions
{
    /// <summary>Examples of one optimizer step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Examples of one forward and backward pass; gradients of the passes of a step are summed. 0 = the whole batch.</summary>
    public int MicroBatchSize { get; init; }

    /// <summary>Optimizer steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Steps in which the learning rate rises to its maximum.</summary>
    public required int WarmupSteps { get; init; }

    /// <summary>Maximum of the one-cycle schedule.</summary>
    public required double LearningRate { get; init; }

    public ScheduleKind Schedule { get; init; } = ScheduleKind.OneCycle;

    public WeightRule Weights { get; init; } = WeightRule.BestDev;

    /// <summary>Steps between two evaluations on the dev split.</summary>
    public required int EvaluateEvery { get; init; }
    public double Beta2 { get; init; } = 0.999;
    public double Epsilon { get; init; } = 1e-6;
    public double WeightDecay { get; init; }

    public IEnumerable<string> Problems()
    {
        if (BatchSize < 1 || MicroBatchSize < 0 || MicroBatchSize > BatchSize)
        {
            yield return $"BatchSize {BatchSize} and MicroBatchSize {MicroBatchSize}: need 0 <= MicroBatchSize <= BatchSize and BatchSize >= 1";
        }

        if (Steps < 1 || WarmupSteps < 1 || WarmupSteps >= Steps)
        {
            yield return $"Steps {Steps} and WarmupSteps {WarmupSteps}: need 1 <= WarmupSteps < Steps";
        }

        if (EvaluateEvery < 1)
        {
            yield return $"EvaluateEvery {EvaluateEvery}: need at least 1";
        }

        if (!(LearningRate > 0))
        {
            yield return $"LearningRate {LearningRate}: need more than 0";
        }
    }
}
