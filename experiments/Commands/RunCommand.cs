// SPDX-License-Identifier: MIT
using System.CommandLine;
using Spectre.Console;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class RunCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var slots = new Option<int>("--slots") { Description = "jobs at a time; cores are divided among them; 0: one for each two cores", DefaultValueFactory = _ => 0 };
        var retryFailed = new Option<bool>("--retry-failed") { Description = "run only the jobs whose last attempt failed" };
        var keepCheckpoints = KeepCheckpointsOption.Create();
        var command = new Command("run", "Runs the selected jobs that have no record yet, each in a process of its own") { slots, retryFailed, keepCheckpoints };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var jobs = options.Jobs(parsed);
            if (parsed.GetValue(slots) is < 0 or > 256)
            {
                throw new UsageException($"--slots {parsed.GetValue(slots)}: need 1 to 256, or 0 to choose");
            }

            var keep = KeepCheckpointsOption.Value(parsed, keepCheckpoints);
            var data = options.Data(parsed);
            foreach (var missing in jobs.Where(j => data.Digest(j) is null).DistinctBy(j => j.Configuration.DataKey))
            {
                Console.WriteLine($"{missing.Task}: preparing its data");
                DataCommand.Prepare(data, missing, cancellationToken);
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // this process only waits from here on: without it, 100,000 trees leave 300 MB behind
            }

            var output = Path.GetFullPath(parsed.GetValue(options.Output)!);
            var plan = new JobPlan(output).Make(jobs, data);
            if (parsed.GetValue(retryFailed))
            {
                plan = [.. plan.Where(p => p.Action != "cached" && File.Exists(Path.Combine(p.Folder!, "failure.json")))];
            }

            var outcomes = new List<JobOutcome>();
            foreach (var cached in plan.Where(p => p.Action == "cached"))
            {
                Console.WriteLine($"{cached.Job.Name} s{cached.Job.Seed}  cached: {cached.Reason}");
                outcomes.Add(new JobOutcome(cached.Job, "cached", cached.Reason, ""));
            }

            PlannedJob[] open = [.. plan.Where(p => p.Action != "cached")];
            if (KeptCheckpoints.Lost(open, keep ?? CheckpointKeeping.None) is { } lost)
            {
                throw new UsageException(lost);
            }

            if (open.Length > 0)
            {
                outcomes.AddRange(await Launch(open, display => new JobLauncher(output, Slots(parsed.GetValue(slots), open.Length), display) { KeepCheckpoints = keep }, options.Mirror(parsed), cancellationToken));
            }

            return Summarise(outcomes);
        });
        return command;
    }

    private static int Slots(int asked, int jobs) => Math.Min(jobs, asked > 0 ? asked : Math.Max(1, Environment.ProcessorCount / 2));

    private static async Task<IReadOnlyList<JobOutcome>> Launch(PlannedJob[] jobs, Func<IJobDisplay, JobLauncher> launcher, string? mirror, CancellationToken cancellationToken)
    {
        if (Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive)
        {
            return await launcher(new LineDisplay(Console.Out)).Run(jobs, mirror, cancellationToken);
        }

        IReadOnlyList<JobOutcome> outcomes = [];
        await BarDisplay.Use(AnsiConsole.Console, async display => outcomes = await launcher(display).Run(jobs, mirror, cancellationToken));
        return outcomes;
    }

    private static int Summarise(IReadOnlyList<JobOutcome> outcomes)
    {
        foreach (var bad in outcomes.Where(o => o.Outcome is "failed"))
        {
            Console.Error.WriteLine($"{bad.Job} failed: {bad.Reason} (log: {bad.Log})");
        }

        Console.WriteLine(string.Join(", ", outcomes.GroupBy(o => o.Outcome).Select(g => $"{g.Count()} {g.Key}")) is { Length: > 0 } text ? $"jobs: {text}" : "jobs: none");
        return outcomes.Any(o => o.Outcome == "stopped") ? ExitCode.Cancelled : outcomes.Any(o => o.Outcome == "failed") ? ExitCode.Failed : ExitCode.Ok;
    }
}
