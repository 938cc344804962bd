// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.Training;

/// <summary>The loop's rules on a task of one weight whose dev scores are written down.</summary>
public sealed class TrainerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-trainer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void BestDev_IsChosenByTheSelection_NotByTheAccuracy()
    {
        using var task = new OneWeight([new(1, 90, 1) { Selection = 0.1 }, new(1, 10, 1) { Selection = 0.7 }, new(1, 50, 1) { Selection = 0.6 }]);

        var result = Run(task, WeightRule.BestDev, "test");

        Assert.Equal((2, 0.7), (result.BestStep, result.BestDev.Selected));
        Assert.Equal(task.WeightsAt[1], task.Weight); // the weights of step 2 are back
        Assert.Equal(["dev", "dev", "dev", "test"], task.Evaluated);
    }

    [Fact]
    public void Last_KeepsTheLastWeights_AndScoresNothingMore_WithoutAFinalSplit()
    {
        using var task = new OneWeight([new(1, 90, 1), new(2, 10, 1), new(3, 5, 1) { Further = [new("perplexity", 7)] }]);

        var result = Run(task, WeightRule.Last, null);

        Assert.Equal((3, 5, 5), (result.BestStep, result.BestDev.Accuracy, result.Test.Accuracy));
        Assert.Equal(task.WeightsAt[2], task.Weight);
        Assert.Equal(7, result.Test.Of("perplexity"));
        Assert.True(double.IsNaN(result.Test.Of("f1")));
        Assert.Equal(["dev", "dev", "dev"], task.Evaluated);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Resumed_EndsWithTheSameResult(bool best)
    {
        var rule = best ? WeightRule.BestDev : WeightRule.Last;
        Score[] scores = [new(1, 20, 1) { Selection = 2, Further = [new("f1", 3)] }, new(1, 30, 1) { Selection = 1 }, new(1, 10, 1) { Selection = 1.5 }];
        using var whole = new OneWeight(scores);
        var expected = Run(whole, rule, null);
        Directory.Delete(Path.Combine(_folder, "checkpoint"), recursive: true);

        using var stop = new CancellationTokenSource();
        using var killed = new OneWeight(scores) { AfterStep = step => { if (step == 1) stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Run(killed, rule, null, stop));
        using var resumed = new OneWeight(scores);
        var actual = Run(resumed, rule, null);

        Assert.Equal(whole.Weight, resumed.Weight);
        Assert.Equal((expected.BestStep, expected.BestDev.Selected, expected.BestDev.Of("f1")), (actual.BestStep, actual.BestDev.Selected, actual.BestDev.Of("f1")));
    }

    [Fact]
    public void Constant_KeepsTheLearningRate()
    {
        var schedule = new ConstantSchedule(3e-5);

        Assert.Equal([(3e-5, 0.9), (3e-5, 0.9)], new[] { schedule.At(0), schedule.At(99) });
    }

    private TrainingResult Run(OneWeight task, WeightRule rule, string? finalSplit, CancellationTokenSource? stop = null)
    {
        var options = new TrainingOptions { BatchSize = 1, Steps = 3, WarmupSteps = 1, LearningRate = 0.1, EvaluateEvery = 1, Weights = rule };
        var store = new CheckpointStore(Path.Combine(_folder, "checkpoint"), "key");
        var trainer = new Trainer(options, task, store, new NoEvents(), TimeProvider.System) { FinalSplit = finalSplit, CheckpointSeconds = 0 };
        return trainer.Run(stop?.Token ?? TestContext.Current.CancellationToken);
    }

    private sealed class NoEvents : ITrainingEvents
    {
        public void Publish(TrainingEvent trainingEvent)
        {
        }
    }

    private sealed class WeightModule : nn.Module
    {
        public readonly Parameter weight = new(zeros(2));

        public WeightModule()
            : base(nameof(WeightModule)) => RegisterComponents();
    }

    private sealed class OneWeight(Score[] devScores) : ITrainingTask
    {
        private readonly WeightModule _module = new();
        private int _step;

        public List<float> WeightsAt { get; } = [];

        public List<string> Evaluated { get; } = [];

        public Action<int>? AfterStep { get; init; }

        public float Weight => _module.weight[0].item<float>();

        public nn.Module Model => _module;

        public IReadOnlyList<Parameter> Parameters => [_module.weight];

        public double AccumulateGradients(int step)
        {
            _step = step;
            (_module.weight * (step + 1)).sum().backward();
            return 1;
        }

        public Score Evaluate(string split, CancellationToken cancellationToken)
        {
            Evaluated.Add(split);
            WeightsAt.Add(Weight);
            AfterStep?.Invoke(_step + 1);
            return devScores[_step];
        }

        public void Dispose() => _module.Dispose();
    }
}
