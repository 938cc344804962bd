// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Models.Attention;

namespace Yoso.Experiments.Tests.Pretraining;

public sealed class PretrainConfigurationsTests
{
    public static TheoryData<string, string, string> Cells =>
        [.. from task in Names.Suites["pretrain"].Tasks from model in Names.Suites["pretrain"].Models from scale in Names.Scales select (task, model, scale)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void EveryName_HasASoundConfiguration(string task, string model, string scale)
    {
        var run = PretrainConfigurations.Resolve(task, model, scale);

        Assert.Empty(run.Problems());
        Assert.Equal((task, model, scale), (run.Task, run.Model, run.Scale));
        Assert.All(run.Needs(new Job("pretrain", task, model, 1, scale, "cpu")), need => Assert.Equal("pretrain", need.Suite));
    }

    [Fact]
    public void Small_HasUpstreamsValues()
    {
        var run = PretrainConfigurations.Resolve("bert", "yoso-v1-32-small", "paper");
        var yoso = Assert.IsType<YosoOptions>(run.Network.Attention);

        Assert.Equal((4, 512, 512, 2048, 8, 64, 30000, 512), (run.Network.LayerCount, run.Network.EmbeddingDim, run.Network.Dim, run.Network.HiddenDim, run.Network.HeadCount, run.Network.HeadDim, run.Network.VocabularySize, run.Network.MaxLength));
        Assert.Equal((32, 9, YosoGradientMode.LowerBound), (yoso.HashCount, yoso.HashCodeLength, yoso.GradientMode));
        Assert.Equal((256, 1_000_000, 10_000, 1e-4, 0.01), (run.Training.BatchSize, run.Training.Steps, run.Training.WarmupSteps, run.Training.LearningRate, run.Training.WeightDecay));
        Assert.Equal(YosoGradientMode.Sampled, ((YosoOptions)PretrainConfigurations.Resolve("bert", "yoso-v2-32-small", "paper").Network.Attention).GradientMode);
        Assert.Equal((50265, 0.5, 512), (PretrainConfigurations.Resolve("roberta", "bert-small", "paper").Network.VocabularySize, PretrainConfigurations.Resolve("roberta", "bert-small", "paper").Instances.KeepProbability, PretrainConfigurations.Resolve("roberta", "bert-small", "paper").Training.BatchSize));
    }

    [Theory]
    [InlineData("paper", 4096, 12)]
    [InlineData("smoke", 1024, 10)]
    public void Longer_StartsFromTheShortModel(string scale, int length, int codeLength)
    {
        var job = new Job("pretrain", "bert", "yoso-32-4096", 1, scale, "cpu");
        var run = (PretrainRun)job.Configuration;

        Assert.Equal((length, codeLength), (run.Network.MaxLength, ((YosoOptions)run.Network.Attention).HashCodeLength));
        Assert.Equal(job with { Model = "yoso-32" }, Assert.Single(job.Needs));
        Assert.Equal(((PretrainRun)job.Needs[0].Configuration).Network.LayerCount, run.Network.LayerCount);
    }

    [Fact]
    public void Problems_AreNamed()
    {
        var run = PretrainConfigurations.Resolve("bert", "softmax", "smoke");

        Assert.Equal(["MaskedShare is 1.5; it must be 0 to 1"], (run with { Instances = run.Instances with { MaskedShare = 1.5 } }).Problems());
        Assert.Contains("a vocabulary of 70000", Assert.Single((run with { Network = run.Network with { VocabularySize = 70000 } }).Problems()), StringComparison.Ordinal);
        Assert.Contains("no configuration for model 'x'", Assert.Throws<ArgumentException>(() => PretrainConfigurations.Resolve("bert", "x", "smoke")).Message, StringComparison.Ordinal);
        Assert.Contains("no configuration for task 'x'", Assert.Throws<ArgumentException>(() => PretrainConfigurations.Resolve("x", "softmax", "smoke")).Message, StringComparison.Ordinal);
        Assert.Contains("no scale 'x'", Assert.Throws<ArgumentException>(() => PretrainConfigurations.Resolve("bert", "softmax", "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FindData_IsNull_WhenTheMirrorHasOtherFiles()
    {
        var mirror = Directory.CreateTempSubdirectory("yoso-mirror-");
        try
        {
            var run = new Job("pretrain", "bert", "softmax", 1, "paper", "cpu").Configuration;

            Assert.Null(run.FindData(new DataPlace(Path.Combine(mirror.FullName, "data"), mirror.FullName)));
        }
        finally
        {
            mirror.Delete(recursive: true);
        }
    }
}
