// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Tests.Training;

public sealed class OneCycleScheduleTests
{
    // PyTorch: OneCycleLR(max_lr=1e-4, total_steps=100, pct_start=0.2, anneal_strategy="linear"); the phases end at steps 19 and 99.
    [Theory]
    [InlineData(0, 4e-6, 0.95)]
    [InlineData(19, 1e-4, 0.85)]
    [InlineData(59, 5.00002e-5, 0.90)]
    [InlineData(99, 4e-10, 0.95)]
    public void At_EqualsPyTorch_AtThePhaseEnds(int step, double learningRate, double beta1)
    {
        var (actualRate, actualBeta) = new OneCycleSchedule(1e-4, 100, 20).At(step);

        Assert.Equal(learningRate, actualRate, 1e-12);
        Assert.Equal(beta1, actualBeta, 1e-12);
    }

    [Fact]
    public void At_RisesThenFalls_OverTheWholeRun()
    {
        var schedule = new OneCycleSchedule(1e-3, 500, 37);
        var rates = Enumerable.Range(0, 500).Select(s => schedule.At(s).LearningRate).ToArray();

        Assert.All(Enumerable.Range(1, 36), s => Assert.True(rates[s] > rates[s - 1]));
        Assert.All(Enumerable.Range(37, 463), s => Assert.True(rates[s] < rates[s - 1]));
    }
}
