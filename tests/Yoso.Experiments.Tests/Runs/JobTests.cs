// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class JobTests
{
    public static TheoryData<string, string, string> Cells => [.. from s in Names.Scales from m in Names.Suites["lra"].Models from t in Names.Suites["lra"].Tasks select (t, m, s)];

    [Theory]
    [MemberData(nameof(Cells))]
    public void Configuration_IsValidAndBearsItsName_ForEveryNameThatCanBeTyped(string task, string model, string scale)
    {
        var run = new Job("lra", task, model, 1, scale, "cpu").Configuration;

        Assert.Empty(run.Problems());
        Assert.Equal((task, model, scale), (run.Task, run.Model, run.Scale));
    }

    [Fact]
    public void Key_IsTheSame_ForEqualJobs() => Assert.Equal(Key("yoso-32", 1), Key("yoso-32", 1));

    [Fact]
    public void Key_Differs_WhenModelSeedOrDataDiffers() => Assert.Equal(
        4,
        new[] { Key("yoso-32", 1), Key("yoso-16", 1), Key("yoso-32", 2), Key("yoso-32", 1, "other") }.Distinct().Count());

    [Fact]
    public void Differences_NamesTheValue_WhenHashCountDiffers()
    {
        var changes = JobPlan.Differences(Inputs("yoso-16", 1, "d"), Inputs("yoso-32", 1, "d"));

        Assert.Equal(["model \"yoso-16\" -> \"yoso-32\"", "network.attention.hashCount 16 -> 32"], changes);
    }

    [Fact]
    public void CodeDigest_IsNotThatOfAnotherAttention() =>
        Assert.NotEqual(Inputs("softmax", 1, "d").CodeDigest, Inputs("yoso-32", 1, "d").CodeDigest);

    [Theory]
    [InlineData("src/Yoso.Models/Attention/SoftmaxAttention.cs", true, false)]
    [InlineData("src/Yoso.Models/Attention/YosoAttention.cs", false, true)]
    [InlineData("src/Yoso.Models/Attention/CpuExactAttention.cs", true, true)]
    [InlineData("src/Yoso.Models/Encoders/EncoderBlock.cs", true, true)]
    [InlineData("experiments/Training/Trainer.cs", true, true)]
    [InlineData("experiments/LongRangeArena/LraConfigurations.cs", false, false)]
    public void Reaches_IsTrueForTheFilesThatCanChangeAResult(string path, bool softmax, bool yoso)
    {
        Assert.Contains(path, CodeDigest.FileDigests.Keys);
        Assert.Equal(softmax, new Job("lra", "listops", "softmax", 1, "smoke", "cpu").Configuration.Reaches(path));
        Assert.Equal(yoso, new Job("lra", "listops", "yoso-32", 1, "smoke", "cpu").Configuration.Reaches(path));
    }

    private static Yoso.Reports.Records.RunInputs Inputs(string model, int seed, string data) => new Job("lra", "listops", model, seed, "smoke", "cpu").Inputs(_ => data)!;

    private static string Key(string model, int seed, string data = "digest") => Job.Key(Inputs(model, seed, data));
}
