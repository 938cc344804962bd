// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Experiments.Tests.Runs;

namespace Yoso.Experiments.Tests.Commands;

/// <summary>Commands about one job are about that job, not about the pre-training that it needs.</summary>
public sealed class JobWithNeedsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-needs-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("glue/sst-2/yoso-32", "sst-2")]
    [InlineData("qa/wikihop/yoso-32", "wikihop")]
    public async Task Show_PrintsTheNamedJob(string job, string task)
    {
        var show = await ProgramRuns.Run("show", job, "--scale", "paper");

        Assert.Equal(0, show.ExitCode);
        Assert.Equal(task, JsonDocument.Parse(show.Output).RootElement.GetProperty("task").GetString());
    }

    [Fact]
    public async Task Data_PreparesTheNamedTask()
    {
        var data = await ProgramRuns.Run("data", "mrpc", "--output", _folder.FullName);

        Assert.Equal(0, data.ExitCode);
        Assert.Contains("mrpc: from sample pack, in place of GLUE's MRPC", data.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_SaysWhereWikiHopComesFrom()
    {
        var data = await ProgramRuns.Run("data", "wikihop", "--output", _folder.FullName);

        Assert.NotEqual(0, data.ExitCode);
        Assert.StartsWith("yoso: wikihop/train.json and wikihop/dev.json in a folder named by --data-mirror: download QAngaroo v1.1 by hand", data.Errors, StringComparison.Ordinal);
        Assert.Single(data.Errors.TrimEnd().Split('\n'));
    }
}
