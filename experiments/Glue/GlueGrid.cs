// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json.Serialization;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Glue;

/// <summary>One training of the search.</summary>
internal sealed record GridPoint(double LearningRate, int BatchSize)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"learning rate {LearningRate:0.#####e0}, batch {BatchSize}");
}

/// <summary>The search over learning rates and batch sizes; the defaults are upstream's (BERT/glue_search.sh).</summary>
internal sealed record GlueGrid
{
    public IReadOnlyList<double> LearningRates { get; init; } = [2e-5, 3e-5, 4e-5, 5e-5];

    public IReadOnlyList<int> BatchSizes { get; init; } = [32, 16, 8];

    /// <summary>Passes over the training split, each followed by an evaluation. Upstream's numbers are not released.</summary>
    public int Epochs { get; init; } = 3;

    /// <summary>Share of the steps in which a one-cycle schedule rises.</summary>
    public double WarmupShare { get; init; } = 0.05;

    /// <summary>Upstream: constant in BERT's fine-tuning, one-cycle in RoBERTa's.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Constant;

    public double WeightDecay { get; init; } = 0.01;

    /// <summary>In the order in which they run: the learning rates of a batch size after one another.</summary>
    [JsonIgnore]
    public IReadOnlyList<GridPoint> Points => [.. from batch in BatchSizes from rate in LearningRates select new GridPoint(rate, batch)];

    /// <summary>Steps of a pass: the last batch may be smaller, as upstream.</summary>
    public static int StepsPerEpoch(int examples, int batchSize) => (examples + batchSize - 1) / batchSize;

    public TrainingOptions Training(GridPoint point, int examples)
    {
        var perEpoch = StepsPerEpoch(examples, point.BatchSize);
        var steps = Math.Max(2, perEpoch * Epochs);
        return new TrainingOptions
        {
            BatchSize = point.BatchSize,
            Steps = steps,
            WarmupSteps = Math.Clamp((int)(steps * WarmupShare), 1, steps - 1),
            LearningRate = point.LearningRate,
            EvaluateEvery = perEpoch,
            WeightDecay = WeightDecay,
            Schedule = Schedule,
        };
    }

    public IEnumerable<string> Problems()
    {
        if (LearningRates.Count == 0 || BatchSizes.Count == 0 || LearningRates.Any(r => !(r > 0)) || BatchSizes.Any(b => b < 1))
        {
            yield return "a grid needs learning rates above 0 and batch sizes from 1";
        }

        if (Epochs < 1 || WarmupShare is not (>= 0 and < 1))
        {
            yield return FormattableString.Invariant($"Epochs {Epochs} and WarmupShare {WarmupShare}: need 1 or more, and 0 to below 1");
        }
    }
}
