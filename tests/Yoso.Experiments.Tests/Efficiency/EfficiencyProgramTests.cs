// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Experiments.Commands;
using Yoso.Experiments.Tests.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Efficiency;

/// <summary>From outside: a process for each point, and the files.</summary>
public sealed class EfficiencyProgramTests
{
    [Fact]
    public async Task Bench_MeasuresEachPointInAProcess_AndWritesFourFiles()
    {
        var output = Directory.CreateTempSubdirectory("yoso-efficiency-").FullName;

        var (code, text, errors) = await ProgramRuns.Run(
            "bench", "efficiency", "--models", "softmax", "linear", "--lengths", "16", "24", "--device", "cpu", "--threads", "1", "--output", output);

        Assert.True(code == 0, errors);
        Assert.Contains("same-batch linear             n=24", text, StringComparison.Ordinal);
        var record = JsonSerializer.Deserialize<EfficiencyRecord>(await File.ReadAllTextAsync(Path.Combine(output, "bench", "efficiency-cpu.json"), TestContext.Current.CancellationToken), RunRecordJson.Options)!;
        Assert.Equal(4, record.Points.Count);
        Assert.All(record.Points, p => Assert.True(p.Milliseconds is { Median: > 0 } && p.Missing is null, $"{p.Model} {p.Length}: {p.Missing}"));
        var (_, again, _) = await ProgramRuns.Run("bench", "efficiency", "--models", "softmax", "linear", "--lengths", "16", "24", "--device", "cpu", "--threads", "1", "--output", output, "--cached");
        Assert.Equal("efficiency-cpu.json is of this program, plan and machine", Path.GetFileName(again.Trim()));
        Assert.Equal(["efficiency-cpu-memory.svg", "efficiency-cpu-time.svg", "efficiency-cpu.json", "efficiency-cpu.md"], Directory.GetFiles(Path.Combine(output, "bench")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Directory.Delete(output, recursive: true);
    }

    [Theory]
    [InlineData("--models sofmax", "did you mean 'softmax'")]
    [InlineData("--lengths 1", "--lengths 1: need 2 to")]
    [InlineData("--threads -1", "--threads -1: need 1 to 1024")]
    public async Task BadInput_IsOneLine(string words, string message)
    {
        var (code, _, errors) = await ProgramRuns.Run(["bench", "efficiency", .. words.Split(' ')]);

        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(message, errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }
}
