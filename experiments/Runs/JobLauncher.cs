// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Runs;

/// <summary>How a job ended: cached, finished, stopped or failed.</summary>
internal sealed record JobOutcome(Job Job, string Outcome, string? Reason, string Log);

/// <summary>Shows the jobs that run; one implementation draws bars, the other prints lines.</summary>
internal interface IJobDisplay
{
    void Show(Job job, TrainingEvent trainingEvent);
}

/// <summary>
/// Runs each job in a process of its own (a crash or the system's memory killer then takes one cell, not the table), up to
/// <c>slots</c> at a time with the cores divided among them.
/// </summary>
internal sealed partial class JobLauncher(string output, int slots, IJobDisplay display)
{
    /// <summary>Given on to the jobs' processes; null says nothing.</summary>
    public CheckpointKeeping? KeepCheckpoints { get; init; }

    public async Task<IReadOnlyList<JobOutcome>> Run(IReadOnlyList<PlannedJob> jobs, string? dataMirror, CancellationToken cancellationToken)
    {
        var threads = Math.Max(1, Environment.ProcessorCount / slots);
        using var free = new SemaphoreSlim(slots);
        var started = new Dictionary<Job, Task<JobOutcome>>();
        foreach (var planned in jobs) // a needed job comes before those that need it
        {
            Task<JobOutcome>[] needed = [.. planned.Job.Needs.Where(started.ContainsKey).Select(n => started[n])];
            started[planned.Job] = RunAfter(needed, planned, free, threads, dataMirror, cancellationToken);
        }

        return await Task.WhenAll(started.Values);
    }

    private async Task<JobOutcome> RunAfter(Task<JobOutcome>[] needed, PlannedJob planned, SemaphoreSlim free, int threads, string? dataMirror, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var outcome in await Task.WhenAll(needed))
            {
                if (outcome.Outcome is "failed")
                {
                    return Ended(planned, new JobDone("failed", $"{outcome.Job} failed, which it needs"));
                }
            }

            await free.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return new JobOutcome(planned.Job, "stopped", "not started", "");
        }

        try
        {
            return await RunOne(planned, threads, dataMirror, cancellationToken);
        }
        finally
        {
            free.Release();
        }
    }

    private async Task<JobOutcome> RunOne(PlannedJob planned, int threads, string? dataMirror, CancellationToken cancellationToken)
    {
        var job = planned.Job;
        using var process = Start(job, threads, dataMirror);
        using var stop = cancellationToken.Register(() => Terminate(process));
        JobDone? done = null;
        var errors = new List<string>();
        process.ErrorDataReceived += (_, e) =>
        {
            if (!string.IsNullOrWhiteSpace(e.Data))
            {
                lock (errors)
                {
                    errors.Add(e.Data);
                }
            }
        };
        process.BeginErrorReadLine();
        while (await process.StandardOutput.ReadLineAsync(CancellationToken.None) is { } line)
        {
            if (Parse(line) is { } trainingEvent)
            {
                done = trainingEvent as JobDone ?? done;
                display.Show(job, trainingEvent);
            }
        }

        await process.WaitForExitAsync(CancellationToken.None);
        if (done is null)
        {
            // Killed from outside: a signal that it could not report, or a crash of native code.
            done = new JobDone("failed", FailureReason.Of(process.ExitCode, errors));
            display.Show(job, done);
        }

        return Ended(planned, done);
    }

    /// <summary>A failure is noted beside the log, where plans and reports find it.</summary>
    private static JobOutcome Ended(PlannedJob planned, JobDone done)
    {
        var log = Path.Combine(planned.Folder!, "log.txt");
        if (done.Outcome != "failed")
        {
            return new JobOutcome(planned.Job, done.Outcome, done.Reason, log);
        }

        var reason = done.Reason ?? "unknown";
        try
        {
            Directory.CreateDirectory(planned.Folder!);
            AtomicFile.WriteText(Path.Combine(planned.Folder!, "failure.json"), JsonSerializer.Serialize(new FailureNote(planned.Job.Identity, reason, log), JsonSerializerOptions.Web) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder that cannot be written to is often why the job failed; the others go on.
            reason += " (and its folder takes no note of it)";
        }

        return new JobOutcome(planned.Job, done.Outcome, reason, log);
    }

    private Process Start(Job job, int threads, string? dataMirror)
    {
        string[] arguments =
        [
            "work", job.Name, "--seed", job.Seed.ToString(CultureInfo.InvariantCulture), "--scale", job.Scale, "--protocol", job.Protocol, "--device", job.Device,
            "--threads", threads.ToString(CultureInfo.InvariantCulture), "--output", output, .. dataMirror is null ? Array.Empty<string>() : ["--data-mirror", dataMirror],
            .. KeepCheckpoints is null ? Array.Empty<string>() : ["--keep-checkpoints", KeepCheckpoints.ToString()],
        ];
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        JobEnvironment.AddTo(start.Environment);
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(JobLauncher).Assembly.Location);
        }

        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>
    /// A terminal's Ctrl+C reaches the children by itself; a signal sent to this process alone - by docker stop, by scancel - does not.
    /// A child that has had it already takes a second one for the same request.
    /// </summary>
    private static void Terminate(Process process)
    {
        if (!OperatingSystem.IsWindows() && !process.HasExited)
        {
            _ = Kill(process.Id, 15);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    private static TrainingEvent? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingEvent>(line, TrainingEventJson.Options);
        }
        catch (JsonException)
        {
            return null; // native libraries print to standard output too
        }
    }
}

internal static class TrainingEventJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };
}
