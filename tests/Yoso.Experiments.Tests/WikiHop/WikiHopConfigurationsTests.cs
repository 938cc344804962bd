// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Experiments.WikiHop;
using Yoso.Models.Attention;

namespace Yoso.Experiments.Tests.WikiHop;

public sealed class WikiHopConfigurationsTests
{
    public static TheoryData<string, string> Cells => [.. from model in Names.Suites["qa"].Models from scale in Names.Scales select (model, scale)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void EveryName_HasASoundConfiguration_OnItsPreTraining(string model, string scale)
    {
        var job = new Job("qa", "wikihop", model, 3, scale, "cpu");
        var run = (WikiHopRun)job.Configuration;

        Assert.Empty(run.Problems());
        Assert.Equal(("wikihop", model, scale), (run.Task, run.Model, run.Scale));
        Assert.Equal(model.EndsWith("-imported", StringComparison.Ordinal) ? $"roberta/{model.Replace("-imported", "", StringComparison.Ordinal)}-4096" : null, run.Data.Weights);
        if (model.Contains("-scratch", StringComparison.Ordinal) || run.Data.Weights is not null)
        {
            Assert.Empty(run.Needs(job));
            return;
        }

        var need = Assert.Single(run.Needs(job));
        Assert.Equal(($"pretrain/roberta/{model}-4096", 1, scale), (need.Name, need.Seed, need.Scale));
        var network = ((PretrainRun)need.Configuration).Network;
        Assert.Equal(run.Network, network with { VocabularySize = network.VocabularySize + 4 });
        // Whose own start is the short model.
        Assert.Equal($"pretrain/roberta/{model}", Assert.Single(need.Needs).Name);
    }

    [Fact]
    public void Paper_IsUpstreams()
    {
        var run = WikiHopConfigurations.Resolve("wikihop", "yoso-32", "paper");

        Assert.Equal((4096, 50269), (run.Network.MaxLength, run.Network.VocabularySize));
        Assert.Equal((32, 12), (((YosoOptions)run.Network.Attention).HashCount, ((YosoOptions)run.Network.Attention).HashCodeLength));
        Assert.Equal((ScheduleKind.OneCycle, 0.05, 0.01), (run.Grid.Schedule, run.Grid.WarmupShare, run.Grid.WeightDecay));
        Assert.True(run.DropOverflowingSupport);
        Assert.Equal((0, 0), (run.Data.TrainLimit, run.Data.DevLimit));
    }

    [Fact]
    public void Problems_AreNamed()
    {
        var run = WikiHopConfigurations.Resolve("wikihop", "softmax", "paper");

        Assert.Contains("MicroBatchSize 33", Assert.Single((run with { MicroBatchSize = 33 }).Problems()), StringComparison.Ordinal);
        Assert.Contains("2 grid points", Assert.Single((run with { Grid = run.Grid with { LearningRates = [1e-5, 2e-5] } }).Problems()), StringComparison.Ordinal);
        Assert.Contains("no configuration for task 'squad'", Assert.Throws<ArgumentException>(() => WikiHopConfigurations.Resolve("squad", "softmax", "paper")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Code_OfWindowsAndScores_IsInTheKey()
    {
        var run = WikiHopConfigurations.Resolve("wikihop", "softmax", "paper");

        Assert.All(
            (string[])["experiments/WikiHop/WikiHopEncoding.cs", "experiments/WikiHop/WikiHopFineTuning.cs", "experiments/WikiHop/WikiHopStart.cs", "src/Yoso.Data/Glue/WikiHopData.cs"],
            file => Assert.True(CodeDigest.FileDigests.ContainsKey(file) && run.Reaches(file), file));
        Assert.False(run.Reaches("experiments/WikiHop/WikiHopConfigurations.cs"));
    }

    [Fact]
    public void Selections_LeaveItOut_BelowPaperScale_UnlessNamed()
    {
        Assert.DoesNotContain(JobSelection.Jobs([], [], [1], "smoke", "cpu"), j => j.Suite == "qa");
        Assert.DoesNotContain(JobSelection.Jobs([], [], [1], "nightly", "cpu"), j => j.Suite == "qa");
        Assert.Contains(JobSelection.Jobs([], [], [1], "paper", "cpu"), j => j.Suite == "qa");
        Assert.Equal("qa/wikihop/softmax-scratch", Assert.Single(JobSelection.Jobs(["qa/wikihop/softmax-scratch"], [], [1], "smoke", "cpu")).Name);
        var error = Assert.Throws<UsageException>(() => JobSelection.Jobs(["qa"], [], [1], "smoke", "cpu")).Message;
        Assert.Equal("qa has no samples at smoke scale: name a task (qa/wikihop) and, by --data-mirror, a folder with its files", error);
    }
}
