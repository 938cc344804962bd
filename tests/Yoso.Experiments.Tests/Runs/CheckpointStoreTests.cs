// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.Runs;

public sealed class CheckpointStoreTests : IDisposable
{
    private static readonly TrainingOptions Options = new() { BatchSize = 1, Steps = 10, WarmupSteps = 2, LearningRate = 0.1, EvaluateEvery = 5 };
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-checkpoint-");

    [Fact]
    public void LoadNewest_RestoresEveryBit_OfModelOptimizerAndState()
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 3);
        Store().Save(State(3) with { BestWeights = WeightSnapshot.Of(model) }, model, optimizer);

        using var other = nn.Linear(5, 3);
        using var restored = new AdamWOptimizer([.. other.parameters()], Options);
        var state = Store().LoadNewest(other, restored, out var problems)!;

        Assert.Empty(problems);
        Assert.Equal(3, state.Step);
        Assert.Equal(State(3).MetricRows, state.MetricRows);
        Assert.True(other.weight!.equal(model.weight!).all().item<bool>());
        Assert.True(state.BestWeights!.Tensors["bias"].equal(model.bias!).all().item<bool>());
        Assert.True(restored.SecondMoments[0].equal(optimizer.SecondMoments[0]).all().item<bool>());
        Assert.Equal(3, restored.StepCount);
    }

    [Theory]
    [InlineData("cut", 0.0)]
    [InlineData("cut", 0.3)]
    [InlineData("cut", 0.999)]
    [InlineData("flip", 0.02)]
    [InlineData("flip", 0.5)]
    [InlineData("flip", 0.99)]
    public void LoadNewest_RefusesADamagedFileInOneLine_AndUsesTheOneBefore(string damage, double where)
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        Store().Save(State(1), model, optimizer);
        Store().Save(State(2), model, optimizer);
        var newest = Directory.GetFiles(_folder.FullName).Order().Last();
        var bytes = File.ReadAllBytes(newest);
        var at = (int)(where * bytes.Length);
        if (damage == "flip")
        {
            bytes[at] ^= 0x10;
        }

        File.WriteAllBytes(newest, damage == "cut" ? bytes[..at] : bytes);

        var state = Store().LoadNewest(model, optimizer, out var problems);

        Assert.Equal(1, state!.Step);
        Assert.Contains("is refused", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void LoadNewest_RefusesTheCheckpointOfAnotherJob()
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        new CheckpointStore(_folder.FullName, "other").Save(State(1), model, optimizer);

        Assert.Null(Store().LoadNewest(model, optimizer, out var problems));
        Assert.Contains("another job", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Save_KeepsTheNewestTwo()
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        for (var step = 1; step <= 4; step++)
        {
            Store().Save(State(step), model, optimizer);
        }

        Assert.Equal(["step-00000003.checkpoint", "step-00000004.checkpoint"], Directory.GetFiles(_folder.FullName).Select(Path.GetFileName).Order());
        Assert.Equal(4, Store().NewestStep());
    }

    private CheckpointStore Store() => new(_folder.FullName, "key");

    private static TrainingState State(int step) => new()
    {
        Step = step, Best = new Score(double.NaN, double.NegativeInfinity, 0), BestStep = -1, LastDev = new Score(1.5, 30, 62), MetricRows = "step,split,metric,value\n1,train,loss,2.5\n",
    };

    private static AdamWOptimizer Trained(Linear model, int steps)
    {
        var optimizer = new AdamWOptimizer([.. model.parameters()], Options);
        for (var step = 0; step < steps; step++)
        {
            optimizer.ZeroGradients();
            model.call(ones(2, 5)).pow(2).sum().backward();
            optimizer.Step(0.1, 0.9);
        }

        return optimizer;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
