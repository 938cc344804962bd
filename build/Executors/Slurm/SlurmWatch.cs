// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Executors;

/// <summary>A run and its task in the cluster.</summary>
internal sealed record WatchedRun(PlannedRun Run, Submission Submission, SubmissionPart Part, int Index)
{
    public string Task => $"{Part.Job}_{Index}";

    public static IEnumerable<WatchedRun> Of(Submission submission) => submission.Parts.SelectMany(p => p.Runs.Select((r, i) => new WatchedRun(r, submission, p, i)));
}

/// <summary>Looks at the queue again and again until all runs have ended.</summary>
internal sealed class SlurmWatch(SlurmQueue queue, string output, TimeSpan pause, IClusterDisplay display, TimeProvider time)
{
    /// <summary>Looks without an answer before it is said: controllers are restarted now and then.</summary>
    private const int QuietLooks = 3;

    /// <summary>The user has asked for an end.</summary>
    public bool Cancelling { get; set; }

    private readonly Dictionary<string, int> _gone = [];
    private readonly Dictionary<string, int> _ended = [];

    public async Task<IReadOnlyList<JobResult>> UntilEnded(IReadOnlyList<WatchedRun> runs, CancellationToken cancellationToken)
    {
        var results = new Dictionary<string, JobResult>();
        for (var silent = 0; ; await Task.Delay(pause, time, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (queue.Find(runs.SelectMany(r => r.Submission.Parts).Select(p => p.Name).Distinct()) is not { } entries)
            {
                if (++silent == QuietLooks)
                {
                    display.Say("squeue does not answer; still trying");
                }

                continue;
            }

            silent = 0;
            var byTask = entries.GroupBy(e => (e.Job, e.Index)).ToDictionary(g => g.Key, g => g.Last());
            var views = runs.Select(r => r.Submission).DistinctBy(s => s.Id).SelectMany(s => DataViews(s, entries)).ToList();
            foreach (var run in runs)
            {
                var entry = byTask.GetValueOrDefault((run.Part.Job ?? -1, run.Index));
                if (!results.ContainsKey(run.Run.Id) && Result(run, entry) is { } result)
                {
                    results[run.Run.Id] = result;
                }

                views.Add(View(run, entry, results.GetValueOrDefault(run.Run.Id)));
            }

            display.Update(views);
            if (results.Count == runs.Count)
            {
                return [.. runs.Select(r => results[r.Run.Id])];
            }
        }
    }

    /// <summary>The data and report jobs of submissions of which every run is in the list.</summary>
    public IEnumerable<string> Others(IReadOnlyList<WatchedRun> runs) => runs.GroupBy(r => r.Submission.Id)
        .Where(g => g.Count() == g.First().Submission.Parts.Sum(p => p.Runs.Length))
        .SelectMany(g => g.First().Submission.Parts).Where(p => p.Runs.Length == 0 && p.Job is not null).Select(p => p.Job!.Value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null while the run goes on.</summary>
    private JobResult? Result(WatchedRun run, QueueEntry? entry)
    {
        if (entry is null)
        {
            // The queue forgets ended jobs after a while, and a controller that has just started may not know them yet.
            return (_gone[run.Run.Id] = _gone.GetValueOrDefault(run.Run.Id) + 1) < 3 ? null : Forgotten(run);
        }

        if (!entry.IsEnded)
        {
            _ended.Remove(run.Run.Id);
            return null;
        }

        if (entry.State is "NODE_FAIL" or "PREEMPTED" or "BOOT_FAIL" && (_ended[run.Run.Id] = _ended.GetValueOrDefault(run.Run.Id) + 1) < 3)
        {
            return null; // for a moment, until Slurm has queued it again
        }

        return entry.State switch
        {
            "COMPLETED" => new JobResult(run.Run, "finished", null),
            // With its dependency gone Slurm cancels a run by itself; one cancelled by a person may still show that it waited ("Dependency").
            "CANCELLED" when Cancelling || entry.Reason != "DependencyNeverSatisfied" => new JobResult(run.Run, "stopped", "cancelled"),
            "FAILED" when Summary(LastLine(Log(run))) is { } reason => new JobResult(run.Run, "failed", reason) { IsReasonOfProgram = true },
            _ => new JobResult(run.Run, "failed", $"{SlurmAdvice.Failure(entry, queue.Show(entry.Job, entry.Index, isArray: true))} (log: {Log(run)})"),
        };
    }

    private JobResult Forgotten(WatchedRun run)
    {
        var file = run.Submission.ExitFile(output, run.Part, run.Index);
        return !File.Exists(file) ? new JobResult(run.Run, "failed", $"the queue has no task {run.Task} any more, and it left no exit code: see {Log(run)}")
            : File.ReadAllText(file).Trim() is "0" ? new JobResult(run.Run, "finished", null)
            : new JobResult(run.Run, "failed", Summary(LastLine(Log(run))) ?? $"exit code {File.ReadAllText(file).Trim()}") { IsReasonOfProgram = true };
    }

    private TaskView View(WatchedRun run, QueueEntry? entry, JobResult? result)
    {
        if (entry is null)
        {
            return new TaskView(run.Run.Title, run.Task, result?.Outcome.ToUpperInvariant() ?? "UNKNOWN", "", "", result?.Reason ?? "", false);
        }

        var advice = SlurmAdvice.Of(entry);
        var says = advice ?? (result is not null ? result.Reason ?? "" : entry.State == "RUNNING" ? LastLine(Log(run)) : entry.Reason is "None" ? "" : entry.Reason);
        return new TaskView(run.Run.Title, run.Task, entry.State, entry.Node, entry.Elapsed, Short(says, run), advice is not null);
    }

    /// <summary>The data job that runs wait for, until it is done.</summary>
    private IEnumerable<TaskView> DataViews(Submission submission, IReadOnlyList<QueueEntry> entries)
    {
        foreach (var part in submission.Parts.Where(p => p.Kind == "data"))
        {
            if (entries.LastOrDefault(e => e.Name == part.Name) is { State: not "COMPLETED" } entry)
            {
                var advice = SlurmAdvice.Of(entry);
                var log = submission.Log(output, part, 0);
                var says = advice ?? (entry.IsEnded ? $"{SlurmAdvice.Failure(entry, queue.Show(entry.Job, 0, isArray: false))} (log: {log})" : entry.State == "RUNNING" ? LastLine(log) : entry.Reason);
                yield return new TaskView("data", $"{entry.Job}", entry.State, entry.Node, entry.Elapsed, says, advice is not null || (entry.IsEnded && entry.State != "CANCELLED"));
            }
        }
    }

    private string Log(WatchedRun run) => run.Submission.Log(output, run.Part, run.Index);

    /// <summary>"... failed: reason (log: file)" is how yoso run sums up.</summary>
    private static string? Summary(string line) => line.IndexOf(" failed: ", StringComparison.Ordinal) is var at and > 0 ? line[(at + " failed: ".Length)..] : null;

    /// <summary>The run's name is in the first column already.</summary>
    private static string Short(string text, WatchedRun run) => text.StartsWith(run.Run.Title, StringComparison.Ordinal) ? text[run.Run.Title.Length..].Trim() : text;

    /// <summary>Of a log that another machine writes: missing and half lines are no errors.</summary>
    private static string LastLine(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Position = Math.Max(0, stream.Length - 4096);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault(l => !l.StartsWith("jobs: ", StringComparison.Ordinal)) ?? "";
        }
        catch (IOException)
        {
            return "";
        }
    }
}
