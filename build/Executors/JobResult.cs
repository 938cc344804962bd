// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json;

namespace Executors;

/// <summary>How a job ended: cached, finished, stopped or failed.</summary>
internal sealed record JobResult(PlannedRun Run, string Outcome, string? Reason)
{
    /// <summary>The program has noted the reason itself, in failure.json beside its log.</summary>
    public bool IsReasonOfProgram { get; init; }
}

internal static class JobResults
{
    /// <summary>Of a run that is done, or cannot be.</summary>
    public static JobResult Settled(PlannedRun run) => new(run, run.IsDone ? "cached" : "failed", run.Reason) { IsReasonOfProgram = true };

    /// <summary>The closing lines, those of <c>yoso run</c>; throws when a job did not finish.</summary>
    public static void Conclude(IReadOnlyCollection<JobResult> results, string output, TextWriter console)
    {
        foreach (var bad in results.Where(r => r.Outcome == "failed"))
        {
            Note(bad, output);
            console.WriteLine($"{bad.Run.Title} failed: {bad.Reason}");
        }

        var counts = string.Join(", ", results.GroupBy(r => r.Outcome).Select(g => $"{g.Count()} {g.Key}"));
        console.WriteLine($"jobs: {(counts.Length > 0 ? counts : "none")}");
        if (results.Any(r => r.Outcome == "stopped"))
        {
            throw new ExecutorFailure("the jobs were stopped");
        }

        if (results.Count(r => r.Outcome == "failed") is > 0 and var failed)
        {
            throw new ExecutorFailure(failed == 1 ? "1 job failed" : $"{failed} jobs failed");
        }
    }

    /// <summary>
    /// A program that was killed leaves no word, or "killed"; the engine or the cluster knows why. Written where plans and reports look
    /// (experiments/Runs/RunStore.cs); a run whose data was not prepared has no folder yet.
    /// </summary>
    private static void Note(JobResult result, string output)
    {
        if (result.IsReasonOfProgram || result.Run.Key is not { } key)
        {
            return;
        }

        var run = result.Run;
        var folder = Path.Combine(output, "runs", run.Job.Replace('/', Path.DirectorySeparatorChar), string.Create(CultureInfo.InvariantCulture, $"seed-{run.Seed}"), key[..12]);
        if (File.Exists(Path.Combine(folder, "run.json")))
        {
            return;
        }

        var names = run.Job.Split('/');
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "failure.json");
        var note = new { job = new { suite = names[0], task = names[1], model = names[2], run.Seed, run.Scale }, result.Reason, logPath = Path.Combine(folder, "log.txt") };
        File.WriteAllText(file + ".partial", JsonSerializer.Serialize(note, JsonSerializerOptions.Web) + "\n");
        File.Move(file + ".partial", file, overwrite: true);
    }
}
