// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Training;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.Training;

public sealed class AdamWOptimizerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public void Step_EqualsTorchSharp_OverManySteps(double weightDecay)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(3);
        using var ours = nn.Linear(7, 4);
        using var theirs = nn.Linear(7, 4);
        theirs.load_state_dict(ours.state_dict());
        var options = new TrainingOptions { BatchSize = 1, Steps = 60, WarmupSteps = 5, LearningRate = 0.02, EvaluateEvery = 1, WeightDecay = weightDecay };
        using var optimizer = new AdamWOptimizer([.. ours.parameters()], options);
        var reference = optim.AdamW(theirs.parameters(), lr: 0.02, beta1: 0.9, beta2: options.Beta2, eps: options.Epsilon, weight_decay: weightDecay);
        for (var step = 0; step < 50; step++)
        {
            var input = randn(5, 7);
            optimizer.ZeroGradients();
            reference.zero_grad();
            ours.call(input).pow(2).sum().backward();
            theirs.call(input).pow(2).sum().backward();
            optimizer.Step(0.02, 0.9);
            reference.step();
        }

        // float32 rounding of fifty updates of 0.02 each.
        Assert.True((ours.weight! - theirs.weight!).abs().max().item<float>() < 2e-5f);
    }
}
