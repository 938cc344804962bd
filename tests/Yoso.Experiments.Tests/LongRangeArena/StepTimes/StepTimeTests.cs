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
        Assert.Equal(35_000 + (((200 * 19) + 39) * 0.5), table.Estimate(LraConfigurations.Resolve("image", "yoso-32", "paper")));
        Assert.Null(table.Estimate(LraConfigurations.Resolve("image", "yoso-16", "paper")));
        Assert.Null(table.Estimate(LraConfigurations.Resolve("image", "yoso-32", "smoke")));
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
    public void CommittedTable_HasEveryTaskAndEstimatesIt()
    {
        var table = StepTimeTable.Find(_folder.FullName)!;

        foreach (var task in Names.Suites["lra"].Tasks)
        {
            foreach (var model in (string[])["softmax", "yoso-32", "yoso-16"])
            {
                Assert.InRange(table.Estimate(LraConfigurations.Resolve(task, model, "paper"))!.Value, 60, 30 * 86_400);
            }
        }
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
