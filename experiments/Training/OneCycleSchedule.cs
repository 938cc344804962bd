// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Training;

/// <summary>Learning rate and beta1 as pure functions of the step: having no state, a schedule needs none on resume.</summary>
internal interface ISchedule
{
    /// <summary>Learning rate and beta1 of optimizer step <paramref name="step"/> (0-based).</summary>
    (double LearningRate, double Beta1) At(int step);
}

/// <summary>The same values at every step.</summary>
internal sealed class ConstantSchedule(double learningRate) : ISchedule
{
    public (double LearningRate, double Beta1) At(int step) => (learningRate, 0.9);
}

/// <summary>
/// PyTorch's OneCycleLR with linear annealing (Smith, 2017): the learning rate rises from
/// max/25 to max and falls to max/250,000 while AdamW's beta1 moves .95 -> .85 -> .95.
/// </summary>
internal sealed class OneCycleSchedule(double maximum, int steps, int warmupSteps) : ISchedule
{
    private const double InitialDivisor = 25, FinalDivisor = 1e4, LowBeta = 0.85, HighBeta = 0.95;

    public (double LearningRate, double Beta1) At(int step)
    {
        var initial = maximum / InitialDivisor;
        double peak = warmupSteps - 1, last = steps - 1;
        if (step <= peak)
        {
            var rise = peak > 0 ? step / peak : 1;
            return (initial + (maximum - initial) * rise, HighBeta + (LowBeta - HighBeta) * rise);
        }

        var fall = (step - peak) / (last - peak);
        return (maximum + (initial / FinalDivisor - maximum) * fall, LowBeta + (HighBeta - LowBeta) * fall);
    }
}
