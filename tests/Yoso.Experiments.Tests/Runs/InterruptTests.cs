// SPDX-License-Identifier: MIT
using System.Diagnostics;

namespace Yoso.Experiments.Tests.Runs;

public sealed class InterruptTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-interrupt-");

    /// <summary>docker stop and scancel signal twice: the process itself, and its parent, which passes it on.</summary>
    [Theory]
    [InlineData("-INT", 1)]
    [InlineData("-TERM", 4)]
    public async Task Work_EndsWithACheckpointAndExitCode130_WhenAskedTo(string signal, int times)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are those of Unix");
        // Tests that were started with SIGINT ignored (nohup, a job in the background) would hand that on to the program.
        string[] dotnet = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];
        var start = new ProcessStartInfo(dotnet[0], [.. dotnet[1..], Path.Combine(AppContext.BaseDirectory, "yoso.dll"), "work", "lra/listops/none", "--output", _folder.FullName, "--device", "cpu"]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (lines.Count == 20)
            {
                for (var i = 0; i < times; i++)
                {
                    using var kill = Process.Start("kill", [signal, $"{process.Id}"]);
                    await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
                }
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(130, process.ExitCode);
        Assert.Contains("stopped after step", lines[^1], StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_folder.FullName, "*.checkpoint", SearchOption.AllDirectories));
        var plan = await ProgramRuns.Run("plan", "lra/listops/none", "--output", _folder.FullName, "--json");
        Assert.Contains("\"action\": \"resume\"", plan.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
