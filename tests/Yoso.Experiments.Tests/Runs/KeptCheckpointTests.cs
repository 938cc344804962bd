// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Tests.Training;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Models.WeightFiles;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>--keep-checkpoints, and jobs that start from an earlier checkpoint of another one.</summary>
[Collection("torch")]
public sealed class KeptCheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("yoso-kept-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("softmax-step-2000", "softmax", 2000)]
    [InlineData("yoso-32-4096-step-50", "yoso-32-4096", 50)]
    [InlineData("yoso-32", "yoso-32", null)]
    [InlineData("softmax-step-", "softmax-step-", null)]
    [InlineData("softmax-step--5", "softmax-step--5", null)]
    public void Names_PartsTheStep(string name, string model, int? step) => Assert.Equal((model, step), (Names.WithoutStep(name), Names.StartStep(name)));

    [Theory]
    [InlineData("glue/sst-2/softmax-step-SMOKE", "pretrain/bert/softmax")]
    [InlineData("glue/mrpc/roberta-yoso-32-step-SMOKE", "pretrain/roberta/yoso-32")]
    [InlineData("pretrain/bert/yoso-32-4096-step-SMOKE", "pretrain/bert/yoso-32")]
    [InlineData("qa/wikihop/softmax-step-SMOKE", "pretrain/roberta/softmax-4096")]
    public void Jobs_StartFromTheStep_AndAreOtherJobsThanThoseFromTheEnd(string name, string needed)
    {
        var training = PretrainConfigurations.Resolve(needed.Split('/')[1], needed.Split('/')[2], "smoke").Training;
        name = name.Replace("SMOKE", $"{training.EvaluateEvery}", StringComparison.Ordinal);

        var jobs = JobSelection.Jobs([name], [], [1], "smoke", "cpu");

        var (job, last) = (jobs[^1], JobSelection.Jobs([Names.WithoutStep(name)], [], [1], "smoke", "cpu")[^1]);
        Assert.Equal((name, needed), (job.Name, job.Needs[0].Name));
        Assert.Equal(training.EvaluateEvery, job.Configuration.StartStep);
        Assert.NotEqual(Job.Key(job.Inputs(_ => "data")!), Job.Key(last.Inputs(_ => "data")!));
        Assert.Contains("startStep", job.ConfigurationJson());
        Assert.DoesNotContain("startStep", last.ConfigurationJson()); // the keys of all others stay as they were
    }

    [Theory]
    [InlineData("lra/listops/softmax-step-10", "lra/listops/softmax-step-10: softmax does not start from a job of ours, so there is no step to choose")]
    [InlineData("pretrain/bert/softmax-step-10", "pretrain/bert/softmax-step-10: softmax does not start from a job of ours, so there is no step to choose")]
    [InlineData("glue/mrpc/softmax-scratch-step-10", "glue/mrpc/softmax-scratch-step-10: softmax-scratch does not start from a job of ours, so there is no step to choose")]
    [InlineData("glue/mrpc/yoso-23-step-10", "unknown model 'yoso-23': did you mean 'yoso-32'?")]
    public void Jobs_SayInOneLine_WhenThereIsNoStepToChoose(string name, string problem) =>
        Assert.StartsWith(problem, Assert.Throws<UsageException>(() => JobSelection.Jobs([name], [], [1], "smoke", "cpu")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(1500)]
    [InlineData(1_002_000)]
    [InlineData(0)]
    public void Jobs_NameTheStepsThatThereAre(int step) => Assert.Equal(
        $"glue/mrpc/softmax-step-{step}: pretrain/bert/softmax has checkpoints every 2000 steps up to 1000000 at paper scale, none of step {step}",
        Assert.Throws<UsageException>(() => JobSelection.Jobs([$"glue/mrpc/softmax-step-{step}"], [], [1], "paper", "cpu")).Message);

    [Fact]
    public void Lost_AsksToKeepTheCheckpoint_BeforeTheLongTraining()
    {
        PlannedJob[] plan = [.. JobSelection.Jobs(["glue/mrpc/softmax-step-996000"], [], [1], "paper", "cpu").Select(j => new PlannedJob(j, null, "run", "", null, null))];

        Assert.Equal("glue/mrpc/softmax-step-996000 starts from step 996000 of pretrain/bert/softmax, which has not run yet: add --keep-checkpoints all", KeptCheckpoints.Lost(plan, CheckpointKeeping.None));
        Assert.NotNull(KeptCheckpoints.Lost(plan, new CheckpointKeeping(2))); // 1,000,000 and 998,000
        Assert.Null(KeptCheckpoints.Lost(plan, new CheckpointKeeping(3)));
        Assert.Null(KeptCheckpoints.Lost(plan, CheckpointKeeping.All));
        Assert.Null(KeptCheckpoints.Lost([.. plan.Where(p => p.Job.Suite == "glue")], CheckpointKeeping.None)); // the pre-training is there
    }

    [Fact]
    public void StartingWeights_AreThoseOfTheStep_OrOneLineSaysWhatWasKept()
    {
        using var scope = NewDisposeScope();
        var job = JobSelection.Jobs([$"glue/mrpc/softmax-step-{Interval}"], [], [1], "smoke", "cpu")[^1];
        var needed = new RunFolder(_folder, job.Needs[0], new string('a', 64));
        var network = Small;
        using var model = new LanguagePretrainingModel(network, new Seed(1));
        using var optimizer = new AdamWOptimizer([.. model.parameters()], new TrainingOptions { BatchSize = 1, Steps = 9, WarmupSteps = 2, LearningRate = 1, EvaluateEvery = 3 });
        needed.Checkpoints.Keep = CheckpointKeeping.All;
        var state = new TrainingState { Step = 2 * Interval, Best = new Score(1, 1, 1), BestStep = 1, LastDev = new Score(1, 1, 1), MetricRows = "" };
        needed.Checkpoints.Save(state, model, optimizer, epoch: true);
        RunContext context = new()
        {
            Job = job, Data = null!, Folder = needed, Needs = [needed], Threads = 1, Events = new CollectedEvents(), Time = TimeProvider.System, CheckpointSeconds = 1,
        };

        Assert.Equal(
            $"pretrain/bert/softmax seed 1 (smoke) kept no checkpoint of step {Interval} (kept: {2 * Interval}); run it with --keep-checkpoints all and another --output, or remove its folder first",
            Assert.Throws<InvalidDataException>(() => context.StartingWeights).Message);
        Assert.Equal(needed.Weights, (context with { Job = job with { Model = "softmax" } }).StartingWeights);

        needed.Checkpoints.Save(state with { Step = Interval }, model, optimizer, epoch: true);
        using var started = new LanguageClassifier(network, 2, new Seed(2));
        StartingWeights.Load(started, context.StartingWeights!, network, withSentenceHead: false, context.Events);

        var before = model.state_dict();
        Assert.All(started.state_dict().Where(p => before.ContainsKey(p.Key) && !p.Key.StartsWith("sen_", StringComparison.Ordinal)), p => Assert.True(p.Value.Equals(before[p.Key]), p.Key));
        var bytes = File.ReadAllBytes(context.StartingWeights!);
        bytes[^100] ^= 1;
        File.WriteAllBytes(context.StartingWeights!, bytes);
        Assert.EndsWith("is no whole checkpoint (its digest does not match: torn or corrupt); take another one", Assert.Throws<WeightFileException>(() => ImportedWeights.Open(context.StartingWeights!)).Message, StringComparison.Ordinal);
    }

    private static int Interval => PretrainConfigurations.Resolve("bert", "softmax", "smoke").Training.EvaluateEvery;

    private static LanguageModelOptions Small => PretrainConfigurations.Resolve("bert", "softmax", "smoke").Network with
    {
        VocabularySize = 50, MaxLength = 16, LayerCount = 1, Dim = 16, EmbeddingDim = 16, HiddenDim = 16, HeadCount = 2, HeadDim = 8, Attention = new SoftmaxOptions(),
    };

    /// <summary>The program: what was asked for at the start holds for a resume that says nothing, and gc honours what is kept.</summary>
    [Fact]
    public async Task Program_KeepsOverAResume_AndGcPrunes()
    {
        var output = Path.Combine(_folder, "out");
        string[] job = ["work", "lra/listops/none", "--device", "cpu", "--output", output];
        var first = Start([.. job, "--keep-checkpoints", "all", "--checkpoint-seconds", "0"], killAfterSteps: 35);
        Assert.NotEqual(0, await first);

        Assert.Equal(0, await Start(job, killAfterSteps: null));

        var run = Path.GetDirectoryName(Assert.Single(Directory.GetFiles(output, "run.json", SearchOption.AllDirectories)))!;
        var configuration = JobSelection.Jobs(["lra/listops/none"], [], [1], "smoke", "cpu")[0].Configuration;
        var every = ((Yoso.Experiments.LongRangeArena.LraRun)configuration).Training.EvaluateEvery;
        var steps = Enumerable.Range(1, configuration.PlannedSteps).Where(s => s % every == 0 || s == configuration.PlannedSteps).ToArray();
        Assert.True(steps.Length > 2);
        Assert.Equal(steps, CheckpointStore.EpochFiles(run).Order(StringComparer.Ordinal).Select(f => int.Parse(Path.GetFileNameWithoutExtension(f)[^8..], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Empty(Directory.GetFiles(run, "step-*", SearchOption.AllDirectories));
        Assert.False(File.Exists(Path.Combine(run, "keep-checkpoints")));

        var plain = await ProgramRuns.Run("gc", "--output", output);
        Assert.Equal((0, "0 folders, 0 MiB\n"), (plain.ExitCode, plain.Output));
        var pruned = await ProgramRuns.Run("gc", "--output", output, "--keep-checkpoints", "1");
        Assert.Contains($"0 folders, {steps.Length - 1} checkpoints", pruned.Output, StringComparison.Ordinal);
        Assert.EndsWith($"epoch-{steps[^1]:D8}.checkpoint", Assert.Single(CheckpointStore.EpochFiles(run)), StringComparison.Ordinal);
    }

    private static async Task<int> Start(string[] arguments, int? killAfterSteps)
    {
        var start = new System.Diagnostics.ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "yoso.dll"), .. arguments]) { RedirectStandardOutput = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var steps = 0;
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("\"step\"", StringComparison.Ordinal) && ++steps == killAfterSteps)
            {
                process.Kill();
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }
}
