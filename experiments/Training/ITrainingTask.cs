// SPDX-License-Identifier: MIT
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>Mean loss in nat per example and accuracy in percent over <paramref name="Count"/> examples.</summary>
internal readonly record struct Score(double Loss, double Accuracy, int Count);

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
