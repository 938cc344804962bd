// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>
/// Runs the jobs on a cluster: submits what is not there yet, then watches. The watcher may die and be started again; the jobs go on and
/// it finds them by what it wrote down (<see cref="Submission"/>).
/// </summary>
/// <param name="cancelsJobs">Asked when the user stops the build: whether the cluster's jobs end as well (Ctrl+C), or go on (lost terminal).</param>
internal sealed class SlurmExecutor(SlurmOptions options, Resources resources, IProgram program, ICommands commands, IClusterDisplay display, TimeProvider time, Func<bool> cancelsJobs, TextWriter console) : IExecutor
{
    private readonly SlurmQueue _queue = new(commands);
    private bool _described;

    public void Run(JobRequest request, CancellationToken cancellationToken)
        => JobResults.Conclude(RunJobs(request, cancellationToken).GetAwaiter().GetResult(), request.Output, console);

    /// <summary>Submits what the request asks for, without waiting; a later <see cref="Run"/> finds it.</summary>
    public IReadOnlyList<WatchedRun> Submit(JobRequest request) => Prepare(request, program.Plan(request));

    internal async Task<IReadOnlyList<JobResult>> RunJobs(JobRequest request, CancellationToken cancellationToken)
    {
        var plan = program.Plan(request);
        var watched = Prepare(request, plan);
        JobResult[] settled = [.. plan.Where(r => !r.IsOpen).Select(JobResults.Settled)];
        foreach (var result in settled)
        {
            display.Say($"{result.Run.Title}  {result.Outcome}: {result.Reason}");
        }

        IReadOnlyList<JobResult> results = [];
        if (watched.Count > 0)
        {
            var watch = new SlurmWatch(_queue, request.Output, TimeSpan.FromSeconds(resources.Slurm.PollSeconds), display, time);
            await display.Use(async () => results = await Follow(watch, watched, cancellationToken));
        }

        return [.. settled, .. results];
    }

    /// <summary>Ends all jobs that an output folder has in the queue; returns how many tasks.</summary>
    public static int CancelAll(ICommands commands, string output)
    {
        var queue = new SlurmQueue(commands);
        _ = queue.Describe(); // no Slurm, no cancelling: says so
        var names = Submission.Load(output).SelectMany(s => s.Parts).Select(p => p.Name).ToArray();
        var tasks = (names.Length == 0 ? [] : queue.Find(names) ?? throw new ExecutorFailure("squeue does not answer: try again")).Where(e => !e.IsEnded).ToArray();
        queue.Cancel(tasks.Select(t => $"{t.Job}").Distinct());
        return tasks.Length;
    }

    private async Task<IReadOnlyList<JobResult>> Follow(SlurmWatch watch, IReadOnlyList<WatchedRun> watched, CancellationToken cancellationToken)
    {
        try
        {
            return await watch.UntilEnded(watched, cancellationToken);
        }
        catch (OperationCanceledException) when (cancelsJobs())
        {
            display.Say("cancelling the cluster's jobs");
            watch.Cancelling = true;
            _queue.Cancel(watched.Select(w => w.Task).Concat(watch.Others(watched)));
            using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            try
            {
                return await watch.UntilEnded(watched, patience.Token);
            }
            catch (OperationCanceledException e)
            {
                throw new ExecutorFailure("the cluster has not ended all jobs yet: squeue --me shows which", e);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new ExecutorFailure("stopped watching; the cluster's jobs go on: the same command finds them again, ./build.sh SlurmCancel ends them", e);
        }
    }

    /// <summary>Attaches to what is in the queue already and submits the rest.</summary>
    private List<WatchedRun> Prepare(JobRequest request, IReadOnlyList<PlannedRun> plan)
    {
        var description = _queue.Describe();
        if (!_described)
        {
            display.Say(description);
            _described = true;
        }

        var snapshot = ProgramSnapshot.Publish(options.Assembly, request.Output);
        var submitter = new SlurmSubmitter(options, resources, _queue, time);
        var watched = new List<WatchedRun>();
        var open = plan.Where(r => r.IsOpen).ToDictionary(r => r.Id);
        foreach (var submission in Submission.Load(request.Output))
        {
            Attach(submission, request, snapshot, submitter, open, watched);
        }

        if (open.Count == 0)
        {
            return watched;
        }

        if (resources.Slurm.Data == "here")
        {
            foreach (var task in open.Values.Where(r => r.Key is null).Select(r => r.Task).Distinct())
            {
                program.PrepareData(task, request);
            }
        }

        PlannedRun[] rest = [.. plan.Where(r => open.ContainsKey(r.Id))];
        var made = submitter.Submit(request, snapshot, rest, id => watched.FirstOrDefault(w => w.Run.Id == id)?.Task);
        display.Say($"submitted {rest.Length} runs: jobs {string.Join(", ", made.Parts.Select(p => $"{p.Job} ({p.Kind})"))}");
        watched.AddRange(WatchedRun.Of(made).Where(w => open.Remove(w.Run.Id)));
        return watched;
    }

    /// <summary>Moves the runs of an earlier submission that are still in the queue from <paramref name="open"/> to <paramref name="watched"/>.</summary>
    private void Attach(Submission submission, JobRequest request, ProgramSnapshot snapshot, SlurmSubmitter submitter, Dictionary<string, PlannedRun> open, List<WatchedRun> watched)
    {
        if (!submission.Parts.Any(p => p.Runs.Any(r => open.ContainsKey(r.Id))))
        {
            return;
        }

        var entries = _queue.Find(submission.Parts.Select(p => p.Name)) ?? throw new ExecutorFailure("squeue does not answer, so it is not known what runs already: try again");
        if (submission.Parts.Any(p => p.Job is null))
        {
            submission = Adopt(submission, entries);
            submission.Save(request.Output);
        }

        var live = entries.Where(e => !e.IsEnded).Select(e => (e.Job, e.Index)).ToHashSet();
        var half = submission.Parts.Any(p => p.Job is null);
        WatchedRun[] mine = [.. WatchedRun.Of(submission).Where(w => open.TryGetValue(w.Run.Id, out var run) && run.Scale == w.Run.Scale && run.Device == w.Run.Device)
            .Where(w => live.Contains((w.Part.Job ?? -1, w.Index)) || (half && w.Part.Job is null))];
        if (mine.Length == 0 || (half && live.Count == 0))
        {
            return;
        }

        if (submission.Program != snapshot.Folder)
        {
            throw new ExecutorFailure($"{mine.Length} of these runs are in the queue with another build of the program (jobs {string.Join(", ", mine.Select(w => w.Part.Job).Distinct())}): wait for them, or end them with ./build.sh SlurmCancel");
        }

        submission = submitter.Complete(submission, request, snapshot, id => watched.FirstOrDefault(w => w.Run.Id == id)?.Task);
        foreach (var run in WatchedRun.Of(submission).Where(w => mine.Any(m => m.Run.Id == w.Run.Id)))
        {
            open.Remove(run.Run.Id);
            watched.Add(run);
        }

        display.Say($"found {mine.Length} runs in the queue: jobs {string.Join(", ", submission.Parts.Select(p => $"{p.Job} ({p.Kind})"))}");
    }

    /// <summary>A build that died between sbatch and its note left a job without a number: its name tells.</summary>
    private static Submission Adopt(Submission submission, IReadOnlyList<QueueEntry> entries) => submission with
    {
        Parts = [.. submission.Parts.Select(p => p.Job is null && entries.FirstOrDefault(e => e.Name == p.Name) is { } entry ? p with { Job = entry.Job } : p)],
    };
}
