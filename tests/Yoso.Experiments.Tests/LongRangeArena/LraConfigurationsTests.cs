// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Runtime.CompilerServices;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Runs;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Tests.LongRangeArena;

/// <summary>The named configurations against the committed table of upstream's values.</summary>
public sealed class LraConfigurationsTests
{
    public static TheoryData<string> Tasks => [.. Names.Suites["lra"].Tasks];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void PaperScale_HasUpstreamsValues(string task)
    {
        var upstream = Upstream(task);
        int Value(string column) => int.Parse(upstream[column], CultureInfo.InvariantCulture);

        var run = LraConfigurations.Resolve(task, "yoso-32", "paper");

        Assert.Equal((Value("batch"), Value("train_steps"), Value("warmup_steps"), Value("eval_every")), (run.Training.BatchSize, run.Training.Steps, run.Training.WarmupSteps, run.Training.EvaluateEvery));
        Assert.Equal(double.Parse(upstream["lr"], CultureInfo.InvariantCulture), run.Training.LearningRate);
        Assert.Equal((Value("vocab_size"), Value("padded_len"), Value("num_classes")), (run.Network.VocabularySize, run.Network.PaddedLength, run.Network.ClassCount));
        Assert.Equal(Value("dev_batches_per_eval"), run.Protocol.DevBatches);
        Assert.Equal((64, 128, 2, 32, 2, 0.1), (run.Network.Dim, run.Network.HiddenDim, run.Network.HeadCount, run.Network.HeadDim, run.Network.LayerCount, run.Network.DropoutProbability));
        var yoso = Assert.IsType<YosoOptions>(run.Network.Attention);
        Assert.Equal((Value("yoso_tau_hash_code_len"), Value("yoso_v1_num_hash")), (yoso.HashCodeLength, yoso.HashCount));
        Assert.Equal("paper", run.Protocol.Name);
        Assert.True(run.Protocol is { DropLastTestBatch: true, MaskBlackPixels: true } && run.Network.MeanDivisor == MeanDivisor.PaddedLength);
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Clean_TakesNoneOfTheShortcuts(string task)
    {
        var run = (LraRun)new Job("lra", task, "softmax", 1, "paper", "cpu", "clean").Configuration;

        Assert.Equal("clean", run.Protocol.Name);
        Assert.True(run.Protocol is { DropLastTestBatch: false, MaskBlackPixels: false, DevBatches: null } && run.Network.MeanDivisor == MeanDivisor.TokenCount);
        Assert.Equal(task == "text", run.Data is ByteTexts { DevFromTrain: true });
        Assert.Empty(run.Problems());
    }

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Protocol_ChangesTheKey(string task)
    {
        string Key(string protocol) => Job.Key(new Job("lra", task, "softmax", 1, "smoke", "cpu", protocol).Inputs(_ => "digest")!);

        Assert.NotEqual(Key("paper"), Key("clean"));
    }

    [Theory]
    [InlineData("smoke")]
    [InlineData("nightly")]
    public void SmallerScales_TakeNoDataThatWouldBeDownloaded(string scale)
    {
        foreach (var task in Names.Suites["lra"].Tasks)
        {
            var data = LraConfigurations.Resolve(task, "softmax", scale).Data;

            Assert.True(data is ByteTexts { IsSample: true } or BytePairs { IsSample: true } or GreyImages { IsSample: true } or ListOpsTrees or PathfinderImages { PreferRelease: false }, task);
        }
    }

    private static Dictionary<string, string> Upstream(string task, [CallerFilePath] string here = "")
    {
        var rows = File.ReadAllLines(Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "reports", "Published", "lra_upstream_configs.csv"))).Select(l => l.Split(',')).ToArray();
        var row = Assert.Single(rows, r => r[0] == (task == "pathfinder" ? "pathfinder32" : task));
        return rows[0].Zip(row).ToDictionary(p => p.First, p => p.Second);
    }
}
