// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.LongRangeArena.StepTimes;

namespace Yoso.Experiments.Tests.LongRangeArena.StepTimes;

public sealed class StepTimeTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-steps-");

    [Fact]
    public void Estimate_CountsStepsAndEvaluationBatches()
    {
        var table = Table("image", "yoso-32", step: 1, evaluation: 0.5);

        // 35,000 steps; 200 evaluations of 19 whole dev batches (5,000 images), 39 of test.
        Assert.Equal(new StepTimeEstimate(35_000 + (((200 * 19) + 39) * 0.5), "yoso-32"), Estimate("image", "yoso-32", table));
        Assert.Null(Estimate("text", "yoso-32", table));
        Assert.Null(StepTimeEstimate.Of(LraConfigurations.Resolve("image", "yoso-32", "smoke"), table));
    }

    [Fact]
    public void Estimate_IsTheNearestRelatives_WhereTheModelWasNotMeasured()
    {
        var own = Table("text", "yoso-32", step: 3, evaluation: 0);
        var committed = Table("text", "yoso-16", step: 2, evaluation: 0);

        Assert.Equal(("yoso-32", 60_000), Named(Estimate("text", "yoso-32", own, committed)));
        Assert.Equal(("yoso-16", 40_000), Named(Estimate("text", "yoso-16", own, committed)));
        Assert.Equal(("yoso-16", 40_000), Named(Estimate("text", "yoso-c-16", own, committed)));
        Assert.Equal(("yoso-32", 60_000), Named(Estimate("text", "yoso-c-32", own, committed)));
        Assert.Null(Estimate("text", "softmax", own, committed));

        static (string, double) Named(StepTimeEstimate? estimate) => (estimate!.Model, estimate.Seconds);
    }

    [Fact]
    public void Estimate_IsNeverOfPlainTorchSharp()
    {
        var table = Table("listops", "softmax", step: 1, evaluation: 1);

        Assert.NotNull(Estimate("listops", "softmax", table));
        Assert.Null(Estimate("listops", "softmax", table with { Rows = [table.Rows[0] with { Implementation = StepTime.Torch }] }));
    }

    [Fact]
    public void AddedTo_KeepsTheRowsThatWereNotMeasuredAgain()
    {
        var earlier = Table("listops", "softmax", step: 1, evaluation: 1);
        earlier = earlier with { Rows = [earlier.Rows[0], earlier.Rows[0] with { Implementation = StepTime.Torch }, earlier.Rows[0] with { Model = "yoso-32" }] };
        var now = Table("listops", "yoso-32", step: 2, evaluation: 1);

        var both = now.AddedTo(earlier);

        Assert.Equal([("softmax", "torch", 1), ("softmax", "fused", 1), ("yoso-32", "fused", 2)], both.Rows.Select(r => (r.Model, r.Implementation, r.SecondsPerStep)));
        Assert.Equal("test; test", both.Command);
        Assert.Throws<ArgumentException>(() => now.AddedTo(earlier with { Threads = 7 }));
        var page = StepTimeMarkdown.Text(both);
        Assert.Contains("| softmax (torch) | 1 | 1.000 |", page, StringComparison.Ordinal);
        Assert.Contains("| 0.5 x | 0.5 x |", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Find_PrefersWhatThisMachineMeasured()
    {
        Assert.NotEqual(1, Seconds("text", "softmax"));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "bench"));
        var own = Path.Combine(_folder.FullName, "bench", StepTimeTable.FileName);
        File.WriteAllText(own, JsonSerializer.Serialize(Table("text", "softmax", step: 1, evaluation: 1), StepTimeTable.Json));

        Assert.Equal(1, Seconds("text", "softmax"));

        File.WriteAllText(own, "{ torn");
        Assert.NotEqual(1, Seconds("text", "softmax"));
    }

    [Fact]
    public void CommittedTable_HasATimeForEveryModelOnEveryTask()
    {
        foreach (var task in Names.Suites["lra"].Tasks)
        {
            foreach (var model in Names.Suites["lra"].Models)
            {
                var estimate = Estimate(task, model, StepTimeTable.Committed.Value!);
                Assert.True(estimate is { Seconds: > 60 and < 120 * 86_400 }, $"{task} {model}: {estimate}");
            }
        }

        Assert.All((string[])["softmax", "yoso-32", "yoso-16"], model => Assert.All(Names.Suites["lra"].Tasks, task => Assert.NotNull(StepTimeTable.Committed.Value!.Row(task, model))));
    }

    [Fact]
    public void Run_MeasuresARealStep_AndThePageShowsIt()
    {
        var table = new StepTimeBench(_folder.FullName, threads: 2, steps: 1, TextWriter.Null, TimeProvider.System).Run(["text"], ["none"], "command");

        var row = Assert.Single(table.Rows);
        Assert.Equal(("text", "none", 32, 1), (row.Task, row.Model, row.BatchSize, row.Steps));
        Assert.InRange(row.TokensPerStep, 32 * 1000, 32 * 1600);
        Assert.True(row.SecondsPerStep > 0 && row.SecondsPerEvaluationBatch > 0);
        Assert.Contains($"| text | {row.Data} | 32 |", StepTimeMarkdown.Text(table), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_TimesPlainTorchSharpToo_WhereAsked()
    {
        var table = new StepTimeBench(_folder.FullName, threads: 2, steps: 1, TextWriter.Null, TimeProvider.System, ["listops"]).Run(["listops"], ["none"], "command");

        Assert.Equal([("none", "fused"), ("softmax", "torch")], table.Rows.Select(r => (r.Model, r.Implementation)));
        Assert.True(table.Rows[1].SecondsPerStep > table.Rows[0].SecondsPerStep);
    }

    private static StepTimeEstimate? Estimate(string task, string model, params StepTimeTable?[] tables) => StepTimeEstimate.Of(LraConfigurations.Resolve(task, model, "paper"), tables);

    private double Seconds(string task, string model) => StepTimeTable.Find(_folder.FullName)!.Rows.Single(r => r.Task == task && r.Model == model).SecondsPerStep;

    private static StepTimeTable Table(string task, string model, double step, double evaluation) => new()
    {
        MeasuredAt = DateTimeOffset.UnixEpoch,
        Cpu = "test",
        CpuKernels = "test",
        Threads = 1,
        Command = "test",
        PeakMemoryBytes = 1,
        Rows =
        [
            new StepTime
            {
                Task = task, Model = model, Data = "test", BatchSize = 1, TokensPerStep = 1, SecondsPerStep = step, CpuSecondsPerStep = step, SecondsPerEvaluationBatch = evaluation, WaitShare = 0, Steps = 1,
            },
        ],
    };

    public void Dispose() => _folder.Delete(recursive: true);
}
