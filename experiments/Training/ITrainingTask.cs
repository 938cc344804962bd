// SPDX-License-Identifier: MIT
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>Mean loss in nat per example and accuracy in percent over <paramref name="Count"/> examples.</summary>
internal readonly record struct Score(double Loss, double Accuracy, int Count)
{
    /// <summary>Further metrics in the order of metrics.csv; null for none.</summary>
    public IReadOnlyList<NamedScore>? Further { get; init; }

    /// <summary>What decides between two evaluations, the larger the better; null for the accuracy.</summary>
    public double? Selection { get; init; }

    /// <summary>The value of <see cref="Selection"/>, or the accuracy.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public double Selected => Selection ?? Accuracy;

    /// <summary>A further metric by its name; NaN where there is none.</summary>
    public double Of(string metric) => (Further ?? []).Where(f => f.Metric == metric).Select(f => f.Value).FirstOrDefault(double.NaN);
}

/// <summary>A metric beside loss and accuracy: perplexity, f1, sop-accuracy.</summary>
internal sealed record NamedScore(string Metric, double Value);

/// <summary>What the training loop needs of an experiment. Every random choice is a function of the step, so there is no state beside the weights.</summary>
internal interface ITrainingTask : IDisposable
{
    nn.Module Model { get; }

    IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Forward and backward of step <paramref name="step"/>: leaves the gradients of the batch's mean loss and returns the loss.</summary>
    double AccumulateGradients(int step);

    /// <summary>Scores the dev or test split with dropout off and fixed hash seeds.</summary>
    Score Evaluate(string split, CancellationToken cancellationToken);
}
