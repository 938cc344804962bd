// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Tests.Glue;

public sealed class GlueConfigurationsTests
{
    public static TheoryData<string, string, string> Cells =>
        [.. from task in Names.Suites["glue"].Tasks from model in Names.Suites["glue"].Models from scale in Names.Scales select (task, model, scale)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void EveryName_HasASoundConfiguration_OnItsPreTraining(string task, string model, string scale)
    {
        var job = new Job("glue", task, model, 3, scale, "cpu");
        var run = GlueConfigurations.Resolve(task, model, scale);

        Assert.Empty(run.Problems());
        Assert.Equal((task, model, scale, task), (run.Task, run.Model, run.Scale, run.Info.Name));
        Assert.Equal(model.EndsWith("-imported", StringComparison.Ordinal) ? $"{(model.StartsWith("roberta-", StringComparison.Ordinal) ? "roberta" : "bert")}/{model.Replace("roberta-", "", StringComparison.Ordinal).Replace("-imported", "", StringComparison.Ordinal)}" : null, run.Data.Weights);
        if (run.Data.Weights is not null || model.EndsWith("-scratch", StringComparison.Ordinal))
        {
            Assert.Empty(run.Needs(job));
            return;
        }

        var need = Assert.Single(run.Needs(job));
        Assert.Equal(("pretrain", 1, scale), (need.Suite, need.Seed, need.Scale));
        Assert.Equal(run.Network, ((PretrainRun)need.Configuration).Network);
    }

    [Fact]
    public void Paper_SearchesUpstreamsGrid()
    {
        var run = GlueConfigurations.Resolve("sst-2", "yoso-32", "paper");

        Assert.Equal(12, run.Grid.Points.Count);
        Assert.Equal([2e-5, 3e-5, 4e-5, 5e-5, 2e-5], run.Grid.Points.Take(5).Select(p => p.LearningRate));
        Assert.Equal([32, 32, 32, 32, 16], run.Grid.Points.Take(5).Select(p => p.BatchSize));
        Assert.False(run.Data.Samples);
        Assert.Equal((ScheduleKind.Constant, false), (run.Grid.Schedule, run.PaddingIsAttendedTo));
        var roberta = GlueConfigurations.Resolve("sst-2", "roberta-softmax", "paper");
        Assert.Equal((ScheduleKind.OneCycle, true, "roberta/softmax"), (roberta.Grid.Schedule, roberta.PaddingIsAttendedTo, roberta.Pretraining));
    }

    [Fact]
    public void Training_CountsTheLastSmallerBatch()
    {
        var training = new GlueGrid { Epochs = 3, WarmupShare = 0.1 }.Training(new GridPoint(3e-5, 16), 100);

        Assert.Equal((21, 7, 2, 3e-5, 0.01), (training.Steps, training.EvaluateEvery, training.WarmupSteps, training.LearningRate, training.WeightDecay));
        Assert.Equal("learning rate 3e-5, batch 16", new GridPoint(3e-5, 16).ToString());
    }

    [Fact]
    public void Suite_LeavesOutTasksWithoutSamples_BelowPaperScale()
    {
        string[] Tasks(string scale) => [.. JobSelection.Jobs(["glue"], [], [1], scale, "cpu").Where(j => j.Suite == "glue").Select(j => j.Task).Distinct()];

        Assert.Equal(["mrpc", "sst-2"], Tasks("smoke"));
        Assert.Equal(Names.Suites["glue"].Tasks, Tasks("paper"));
        Assert.Equal(GlueTaskInfo.All.Select(t => t.Name).Order(), Names.Suites["glue"].Tasks.Order());
    }

    [Fact]
    public void Problems_AreNamed()
    {
        Assert.Contains("learning rates above 0", Assert.Single(new GlueGrid { LearningRates = [] }.Problems()), StringComparison.Ordinal);
        Assert.Contains("Epochs 0", Assert.Single(new GlueGrid { Epochs = 0 }.Problems()), StringComparison.Ordinal);
        Assert.Contains("no configuration for task 'wnli'", Assert.Throws<ArgumentException>(() => GlueConfigurations.Resolve("wnli", "softmax", "smoke")).Message, StringComparison.Ordinal);
    }
}
