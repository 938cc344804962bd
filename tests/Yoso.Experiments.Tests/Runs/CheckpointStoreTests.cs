// SPDX-License-Identifier: MIT
using System.Globalization;
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

    /// <summary>Epochs are steps 2, 4, 6 and 8; the newest two files stay whatever they are.</summary>
    [Theory]
    [InlineData("0", new[] { "step-00000008", "step-00000009" }, new string[0])]
    [InlineData("1", new[] { "epoch-00000008", "step-00000009" }, new[] { "epoch-00000008" })]
    [InlineData("2", new[] { "epoch-00000006", "epoch-00000008", "step-00000009" }, new[] { "epoch-00000006", "epoch-00000008" })]
    [InlineData("all", new[] { "epoch-00000002", "epoch-00000004", "epoch-00000006", "epoch-00000008", "step-00000009" }, new[] { "epoch-00000002", "epoch-00000004", "epoch-00000006", "epoch-00000008" })]
    public void Save_KeepsTheNewestEpochsToo_AndDeleteLeavesThemOnly(string keep, string[] running, string[] finished)
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        var store = Store();
        store.Keep = CheckpointKeeping.Parse(keep);
        for (var step = 1; step <= 9; step++)
        {
            store.Save(State(step), model, optimizer, epoch: step % 2 == 0);
        }

        Assert.Equal(running, Names());
        Assert.Equal(9, Store().NewestStep());
        Assert.Equal(9, Store().LoadNewest(model, optimizer, out _)!.Step);

        store.Delete();

        Assert.Equal(finished, Names());
        Assert.Equal(finished.Select(f => int.Parse(f[^8..], CultureInfo.InvariantCulture)), Store().KeptSteps);
        Assert.Equal(finished.Contains("epoch-00000006"), Store().Kept(6) is not null);
        Assert.Null(Store().Kept(9));

        string[] Names() => Directory.Exists(_folder.FullName) ? [.. Directory.GetFiles(_folder.FullName).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)] : [];
    }

    [Fact]
    public void LoadNewest_TakesTheEpochBefore_WhenALaterFileIsDamaged()
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        var store = Store();
        store.Keep = CheckpointKeeping.All;
        store.Save(State(2), model, optimizer, epoch: true);
        store.Save(State(3), model, optimizer);
        store.Save(State(4), model, optimizer);
        foreach (var file in Directory.GetFiles(_folder.FullName, "step-*"))
        {
            File.WriteAllText(file, "x");
        }

        Assert.Equal(2, Store().LoadNewest(model, optimizer, out var problems)!.Step);
        Assert.Equal(2, problems.Count);
    }

    [Fact]
    public void Delete_LeavesTheKeptEpochsOfASearchsPoints_AndNothingElse()
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        var whole = Store();
        whole.Keep = CheckpointKeeping.All;
        var point = new CheckpointStore(Path.Combine(_folder.FullName, "point-0"), "key point 0") { Keep = whole.Keep };
        point.Save(State(5), model, optimizer, epoch: true);
        point.Save(State(6), model, optimizer);
        point.Delete();
        File.WriteAllText(Path.Combine(_folder.FullName, "point-0.json"), "{}");

        whole.Delete();

        Assert.Equal([Path.Combine(_folder.FullName, "point-0", "epoch-00000005.checkpoint")], Directory.GetFiles(_folder.FullName, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void SpaceProblem_ComparesWhatIsLeftToKeepWithTheDisk()
    {
        using var model = nn.Linear(5, 3);
        using var optimizer = Trained(model, steps: 1);
        var store = Store();
        store.Keep = new CheckpointKeeping(4);
        Assert.Null(store.SpaceProblem(10, 0)); // its size is not known yet
        store.Save(State(1), model, optimizer, epoch: true);
        var size = new FileInfo(store.Kept(1)!).Length;

        Assert.Null(store.SpaceProblem(10, 3 * size));
        Assert.StartsWith("the checkpoints to be kept need 0.0 GiB more, 0.0 GiB are free: ", store.SpaceProblem(10, (3 * size) - 1), StringComparison.Ordinal);
        Assert.Null(store.SpaceProblem(2, 2 * size));
    }

    [Theory]
    [InlineData("few")]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("")]
    [InlineData("99999999999")]
    public void Keeping_RefusesAnythingButANumberOrAll(string word) =>
        Assert.Equal($"--keep-checkpoints {word}: need a number from 0, or all", Assert.Throws<UsageException>(() => CheckpointKeeping.Parse(word)).Message);

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

    public void Dispose()
    {
        if (Directory.Exists(_folder.FullName))
        {
            _folder.Delete(recursive: true);
        }
    }
}
