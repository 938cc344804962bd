// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Training;
using Yoso.Models;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.Training;

[Collection("threads")]
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

    [Fact]
    public void Step_OfManyValues_HasTheSameBitsForAnyNumberOfThreads()
    {
        using var scope = NewDisposeScope();
        var before = CpuThreads.Count;
        try
        {
            var one = Steps(1, 1300);
            var three = Steps(3, 1300);

            // As tensors below the size from which blocks are used: the same operations on whole tensors.
            var small = Steps(1, 13);
            Assert.True(one.Equals(three));
            Assert.True(one.narrow(0, 0, 13).Equals(small));
        }
        finally
        {
            CpuThreads.Count = before;
        }

        static Tensor Steps(int threads, long rows)
        {
            CpuThreads.Count = threads;
            var start = arange(1300 * 1000, dtype: float32).sin().view(1300, 1000).narrow(0, 0, rows).clone();
            using var parameter = new TorchSharp.Modules.Parameter(start.clone());
            using var other = new TorchSharp.Modules.Parameter(ones(3));
            var options = new TrainingOptions { BatchSize = 1, Steps = 60, WarmupSteps = 5, LearningRate = 0.02, EvaluateEvery = 1, WeightDecay = 0.01 };
            using var optimizer = new AdamWOptimizer([parameter, other], options);
            for (var step = 0; step < 3; step++)
            {
                parameter.grad = (start * (step + 1)).cos();
                optimizer.Step(0.02, 0.9);
            }

            Assert.Equal(3, other.sum().item<float>()); // it has no gradient
            return parameter.detach();
        }
    }
}
