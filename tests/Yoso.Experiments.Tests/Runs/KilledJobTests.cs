// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>Two jobs side by side, of which the system takes one: by a kill, or by giving it no more memory.</summary>
public sealed partial class KilledJobTests : IDisposable
{
    private const int AddressSpace = 9;
    private const int SignalKill = 9;
    private readonly string _output = Directory.CreateTempSubdirectory("yoso-killed-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public async Task Run_LosesOneCellOnly_WhenTheSystemKillsItsProcess()
    {
        var reason = await RunTwo(pid => Assert.Equal(0, Kill(pid, SignalKill)));

        Assert.StartsWith("killed (signal 9; out of memory, or somebody's kill)", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LosesOneCellOnly_WhenItRunsOutOfMemory()
    {
        // No further page may be mapped: the next allocation that needs one fails, in the runtime or in libtorch.
        var reason = await RunTwo(pid => Assert.Equal(0, SetLimit(pid, AddressSpace, new Limit(1, 1), IntPtr.Zero)));

        // Seldom it is the main thread's stack that cannot grow; the runtime calls that an overflow.
        Assert.Matches(@"^(out of memory|aborted \(signal 6\): Stack overflow)", reason);
    }

    /// <summary>Runs softmax and none, does something to softmax's process once it trains, and returns the reason noted for its cell.</summary>
    private async Task<string> RunTwo(Action<int> hit)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "finds the job's process in /proc");
        var run = ProgramRuns.Run("run", "lra/listops", "--models", "none", "softmax", "--slots", "2", "--device", "cpu", "--output", _output);
        int? job;
        while ((job = JobProcess()) is null && !run.IsCompleted) await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(job is not null, "softmax ended before it could be hit");
        hit(job.Value);

        var (exitCode, output, errors) = await run;

        Assert.Equal(1, exitCode);
        Assert.Contains("jobs: 1 finished, 1 failed", output, StringComparison.Ordinal);
        var note = JsonDocument.Parse(File.ReadAllText(Assert.Single(Directory.GetFiles(_output, "failure.json", SearchOption.AllDirectories)))).RootElement;
        var reason = note.GetProperty("reason").GetString()!;
        var log = note.GetProperty("logPath").GetString()!;
        Assert.Equal("softmax", note.GetProperty("job").GetProperty("model").GetString());
        Assert.True(File.Exists(log));
        Assert.Contains($"lra/listops/softmax seed 1 (smoke) failed: {reason} (log: {log})", errors, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(_output, "run.json", SearchOption.AllDirectories));
        Assert.Contains("(1 runs, 1 failed)", (await ProgramRuns.Run("report", "--output", _output)).Output, StringComparison.Ordinal);
        Assert.Contains(reason.Split(':')[0].Split('\'')[0], File.ReadAllText(Path.Combine(_output, "report", "report.md")), StringComparison.Ordinal);
        return reason;
    }

    /// <summary>The process of the softmax job once it trains.</summary>
    private int? JobProcess()
    {
        var folder = Path.Combine(_output, "runs", "lra", "listops", "softmax");
        if (!Directory.Exists(folder) || !Directory.GetFiles(folder, "log.txt", SearchOption.AllDirectories).Any(Trains)) return null;
        foreach (var process in Process.GetProcesses())
        {
            using (process)
            {
                var words = Words(process.Id);
                if (words.Contains("work") && words.Contains("lra/listops/softmax") && words.Contains(_output)) return process.Id;
            }
        }
        return null;
    }

    private static bool Trains(string log)
    {
        using var reader = new StreamReader(new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return reader.ReadToEnd().Contains("step ", StringComparison.Ordinal);
    }

    private static string[] Words(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private readonly record struct Limit(ulong Soft, ulong Hard);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "prlimit")]
    private static partial int SetLimit(int pid, int resource, in Limit limit, IntPtr old);
}
