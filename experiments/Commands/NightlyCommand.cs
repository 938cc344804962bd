// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;
using Yoso.Reports.Nightly;

namespace Yoso.Experiments.Commands;

/// <summary>Compares the newest runs with earlier nights; exit code 1 says that something moved.</summary>
internal static class NightlyCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var scale = new Option<string>("--scale") { Description = "the scale whose runs are compared", DefaultValueFactory = _ => "nightly" };
        var history = new Option<string?>("--history") { Description = "history.csv; default: <output>/nightly/history.csv" };
        var accept = new Option<bool>("--accept") { Description = "what moved is meant to: later nights are compared with this one on" };
        var command = new Command("nightly", "Says what moved since earlier nights, and which input changed with it") { scale, history, accept, options.Output };
        command.SetAction(parsed =>
        {
            if (Spelling.Problem("scale", parsed.GetValue(scale)!, Names.Scales) is { } problem)
            {
                throw new UsageException(problem);
            }

            var folder = Path.Combine(parsed.GetValue(options.Output)!, "nightly");
            return Compare(new RunStore(parsed.GetValue(options.Output)!), parsed.GetValue(scale)!, parsed.GetValue(history) ?? Path.Combine(folder, "history.csv"), folder, parsed.GetValue(accept));
        });
        return command;
    }

    private static int Compare(RunStore store, string scale, string history, string folder, bool accept)
    {
        var newest = store.Records().Where(r => r.Job.Scale == scale).GroupBy(r => (r.Job, r.Inputs.Device)).Select(g => g.MaxBy(r => r.StartedAt)!).ToArray();
        var failures = store.Failures().Where(f => f.Job.Scale == scale && newest.All(r => r.Job != f.Job)).Select(f => $"{f.Job} seed {f.Job.Seed}: {f.Reason}").Distinct().ToArray();
        if (newest.Length == 0 && failures.Length == 0)
        {
            throw new UsageException($"no run at {scale} scale to compare; run ./build.sh Nightly first");
        }

        var (commit, dirty) = Fingerprint.Git();
        var input = new NightlyInput(newest, failures, TimeProvider.System.GetUtcNow(), commit + (dirty ? "+" : ""), accept);
        bool steady;
        try
        {
            steady = NightlyReport.Write(input, history, folder);
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{e.Message}; mend or remove the history", e);
        }

        Console.WriteLine(File.ReadLines(Path.Combine(folder, "nightly.md")).First().TrimStart('#', ' '));
        Console.WriteLine($"page: {Path.Combine(folder, "nightly.html")}; history: {history}");
        return steady ? ExitCode.Ok : ExitCode.Failed;
    }
}
