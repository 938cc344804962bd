// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Executors;

/// <summary>What the Slurm executor is told once.</summary>
/// <param name="Assembly">yoso.dll of this checkout.</param>
/// <param name="Commit">Commit of the checkout, with "+" behind it when files differ.</param>
internal sealed record SlurmOptions(string Assembly, string? Commit);

/// <summary>Turns open runs into one data job, arrays of runs and one report, and hands them to the cluster in this order.</summary>
internal sealed class SlurmSubmitter(SlurmOptions options, Resources resources, SlurmQueue queue, TimeProvider time)
{
    /// <param name="taskOf">The cluster's task of a run that was submitted earlier and is not finished; null when there is none.</param>
    public Submission Submit(JobRequest request, ProgramSnapshot program, IReadOnlyList<PlannedRun> runs, Func<string, string?> taskOf)
    {
        var id = Id(request.Output);
        var needsData = resources.Slurm.Data == "job" && runs.Any(r => r.Key is null);
        var submission = new Submission(id, program.Folder,
        [
            .. needsData ? [new SubmissionPart($"yoso-{id}-data", "data", [])] : Array.Empty<SubmissionPart>(),
            .. Groups(runs).Select((g, i) => new SubmissionPart($"yoso-{id}-runs{i}", "runs", g)),
            new SubmissionPart($"yoso-{id}-report", "report", []),
        ]);
        submission.Save(request.Output);
        return Complete(submission, request, program, taskOf);
    }

    /// <summary>Submits the parts that have no number yet: all of a new submission, the rest of one whose build died in between.</summary>
    public Submission Complete(Submission submission, JobRequest request, ProgramSnapshot program, Func<string, string?> taskOf)
    {
        var script = new BatchScript(program, resources, request);
        for (var i = 0; i < submission.Parts.Length; i++)
        {
            var part = submission.Parts[i];
            if (part.Job is not null)
            {
                continue;
            }

            var job = queue.Submit(part.Kind switch
            {
                "data" => Data(submission, part, script, request),
                "runs" => Runs(submission, part, script, request, taskOf),
                _ => Report(submission, part, script, request),
            });
            submission = submission with { Parts = [.. submission.Parts[..i], part with { Job = job }, .. submission.Parts[(i + 1)..]] };
            submission.Save(request.Output);
        }

        return submission;
    }

    /// <summary>A time and a number, so that names sort and two builds in one second differ.</summary>
    private string Id(string output)
    {
        var stamp = time.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        for (var i = 1; ; i++)
        {
            var id = i == 1 ? stamp : $"{stamp}-{i}";
            if (!Directory.Exists(Path.Combine(Submission.Root(output), id)))
            {
                Directory.CreateDirectory(Path.Combine(Submission.Root(output), id));
                return id;
            }
        }
    }

    /// <summary>One array for runs with the same limits that wait for the same jobs, in the order of the plan.</summary>
    private IEnumerable<PlannedRun[]> Groups(IReadOnlyList<PlannedRun> runs) => runs.GroupBy(r => (resources.For(r), r.Device, string.Join(' ', r.Needs ?? []))).Select(g => g.ToArray());

    private string[] Data(Submission submission, SubmissionPart part, BatchScript script, JobRequest request)
    {
        var tasks = submission.Parts.SelectMany(p => p.Runs).Where(r => r.Key is null).Select(r => r.Task).Distinct();
        return Job(submission, part, request, script.Sequence(tasks.Select(t => (string[])["data", t, .. YosoProgram.DataOptions(request)]), options.Commit), resources.For("data", request.Scale), []);
    }

    private string[] Report(Submission submission, SubmissionPart part, BatchScript script, JobRequest request)
    {
        var all = string.Join(':', submission.Parts.Where(p => p.Kind == "runs").Select(p => p.Job));
        // afterany: a run that failed blanks its cell, not the report.
        return Job(submission, part, request, script.Sequence([["report", "--output", request.Output]], options.Commit), resources.For("report", request.Scale), [$"--dependency=afterany:{all}"]);
    }

    private string[] Runs(Submission submission, SubmissionPart part, BatchScript script, JobRequest request, Func<string, string?> taskOf)
    {
        var folder = submission.Folder(request.Output);
        var arguments = Path.Combine(folder, $"{part.Name}.txt");
        File.WriteAllLines(arguments, part.Runs.Select(r => string.Join(' ', RunArguments.Of(r, request).Select(BatchScript.Quote))));
        var limits = resources.For(part.Runs[0]);
        var gpus = part.Runs[0].Device == "cuda" ? Math.Max(1, limits.Gpus ?? 1) : 0;
        string?[] before = [submission.Parts.FirstOrDefault(p => p.Kind == "data")?.Job?.ToString(CultureInfo.InvariantCulture), .. (part.Runs[0].Needs ?? []).Select(n => TaskIn(submission, n) ?? taskOf(n))];
        var waits = before.OfType<string>().ToArray();
        return Job(submission, part, request, script.Runs(arguments, Path.Combine(folder, part.Name), options.Commit, gpus > 0), limits,
        [
            $"--array=0-{part.Runs.Length - 1}{(request.Slots > 0 ? $"%{request.Slots}" : "")}", $"--signal=B:USR1@{BatchScript.Notice(limits.Time)}",
            .. gpus > 0 ? [$"--gres=gpu:{gpus}"] : Array.Empty<string>(),
            .. waits.Length > 0 ? [$"--dependency=afterok:{string.Join(':', waits)}"] : Array.Empty<string>(),
        ]);
    }

    private static string? TaskIn(Submission submission, string run)
    {
        foreach (var part in submission.Parts.Where(p => p.Job is not null))
        {
            if (Array.FindIndex(part.Runs, r => r.Id == run) is var index and >= 0)
            {
                return $"{part.Job}_{index}";
            }
        }

        return null;
    }

    private string[] Job(Submission submission, SubmissionPart part, JobRequest request, string script, JobResources limits, string[] more)
    {
        var file = Path.Combine(submission.Folder(request.Output), $"{part.Name}.sh");
        File.WriteAllText(file, script);
        return
        [
            $"--job-name={part.Name}", $"--chdir={request.Output}", $"--output={Path.Combine(submission.Folder(request.Output), part.Kind == "runs" ? "%x-%a.log" : "%x.log")}",
            // A task that is queued again - its node failed - goes on in the same log and from its checkpoint.
            "--requeue", "--open-mode=append",
            // Else a job whose dependency failed waits for ever.
            "--kill-on-invalid-dep=yes",
            .. limits.Partition is { Length: > 0 } partition ? [$"--partition={partition}"] : Array.Empty<string>(),
            .. limits.Time is { Length: > 0 } limit ? [$"--time={limit}"] : Array.Empty<string>(),
            .. limits.Memory is { Length: > 0 } memory ? [$"--mem={memory}"] : Array.Empty<string>(),
            .. limits.Cpus is > 0 and var cpus ? [string.Create(CultureInfo.InvariantCulture, $"--cpus-per-task={Math.Ceiling(cpus)}")] : Array.Empty<string>(),
            .. more, .. resources.Slurm.Options, file,
        ];
    }
}
