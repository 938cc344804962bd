// SPDX-License-Identifier: MIT
using System.Diagnostics;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>The program itself, killed with SIGKILL while it trains and while it writes checkpoints.</summary>
public sealed class KillTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-kill-");

    [Fact]
    public async Task Work_EndsWithTheSameBits_WhenKilledAtTwentyRandomMoments()
    {
        const string Job = "lra/listops/none";
        var (whole, killed) = (Path.Combine(_folder.FullName, "whole"), Path.Combine(_folder.FullName, "killed"));
        var random = new Random(20);
        Assert.Equal(0, await Work(Job, whole, killAfterLines: null));

        var kills = 0;
        while (kills < 20)
        {
            // A line of output is a step; a checkpoint is written after each, so many kills fall into the writing.
            if (await Work(Job, killed, killAfterLines: random.Next(1, 10), delay: random.Next(0, 6)) == 0)
            {
                break;
            }

            kills++;
        }

        Assert.Equal(20, kills);
        Assert.Equal(0, await Work(Job, killed, killAfterLines: null));
        AssertSame(whole, killed);
    }

    /// <summary>Fine-tuning is killed in the second point of its search. Checkpoints are as far apart as some ten steps, so kills fall between them.</summary>
    [Theory]
    [InlineData("pretrain/roberta/yoso-32", "1", new[] { 22 })]
    [InlineData("glue/sst-2/yoso-32-scratch", "0.3", new[] { 300 })]
    public async Task Work_OfALanguageModel_EndsWithTheSameBits_WhenKilled(string job, string checkpointSeconds, int[] killAfterLines)
    {
        var (whole, killed) = (Path.Combine(_folder.FullName, "whole"), Path.Combine(_folder.FullName, "killed"));
        Assert.Equal(0, await Work(job, whole, killAfterLines: null));

        foreach (var lines in killAfterLines)
        {
            Assert.NotEqual(0, await Work(job, killed, lines, checkpointSeconds: checkpointSeconds));
        }

        Assert.Equal(0, await Work(job, killed, killAfterLines: null));
        AssertSame(whole, killed);
        Assert.Contains("resumed at step", File.ReadAllText(Path.Combine(Files(killed), "log.txt")), StringComparison.Ordinal);
    }

    private static void AssertSame(string whole, string killed)
    {
        var (a, b) = (Files(whole), Files(killed));
        Assert.Equal(File.ReadAllBytes(Path.Combine(a, "metrics.csv")), File.ReadAllBytes(Path.Combine(b, "metrics.csv")));
        Assert.Equal(File.ReadAllBytes(Path.Combine(a, "weights.safetensors")), File.ReadAllBytes(Path.Combine(b, "weights.safetensors")));
        var (first, second) = (RunRecordJson.TryRead(Path.Combine(a, "run.json"), out _)!, RunRecordJson.TryRead(Path.Combine(b, "run.json"), out _)!);
        Assert.Equal(first.Key, second.Key);
        Assert.Equal(first.Results, second.Results);
        Assert.Empty(Directory.GetFiles(b, "*.partial", SearchOption.AllDirectories));
    }

    private static async Task<int> Work(string job, string output, int? killAfterLines, int delay = 0, string checkpointSeconds = "0")
    {
        var program = Path.Combine(AppContext.BaseDirectory, "yoso.dll");
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in (string[])[program, "work", job, "--scale", "smoke", "--device", "cpu", "--output", output, "--checkpoint-seconds", killAfterLines is null ? "1000" : checkpointSeconds])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var lines = 0;
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Contains("\"step\"", StringComparison.Ordinal) && ++lines == killAfterLines)
            {
                await Task.Delay(delay, TestContext.Current.CancellationToken);
                process.Kill();
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    private static string Files(string output) =>
        Path.GetDirectoryName(Assert.Single(Directory.GetFiles(Path.Combine(output, "runs"), "run.json", SearchOption.AllDirectories)))!;

    public void Dispose() => _folder.Delete(recursive: true);
}
