// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Globalization;
using Yoso.Experiments.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Commands;

/// <summary>Two records side by side: which inputs differ, and by how much the results.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("first") { Description = "run.json, its folder, or the first digits of a key" };
        var second = new Argument<string>("second") { Description = "the other one" };
        var output = new Option<string>("--output") { Description = "folder for data, runs and report", DefaultValueFactory = _ => "artifacts" };
        var command = new Command("diff", "Says what differs between two runs, in inputs and in results") { first, second, output };
        command.SetAction(parsed =>
        {
            var store = new RunStore(parsed.GetValue(output)!);
            foreach (var line in Lines(Find(store, parsed.GetValue(first)!), Find(store, parsed.GetValue(second)!)))
            {
                Console.WriteLine(line);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    internal static IEnumerable<string> Lines(RunRecord a, RunRecord b)
    {
        var changes = JobPlan.Differences(a.Inputs, b.Inputs).ToArray();
        yield return changes.Length == 0 ? "inputs: equal" : "inputs:";
        foreach (var change in changes)
        {
            yield return "  " + change;
        }

        yield return "results:";
        foreach (var result in a.Results)
        {
            if (b.Results.FirstOrDefault(r => r.Split == result.Split && r.Metric == result.Metric) is { } other)
            {
                yield return string.Create(CultureInfo.InvariantCulture, $"  {result.Split} {result.Metric} {result.Value:0.0000} -> {other.Value:0.0000} ({other.Value - result.Value:+0.0000;-0.0000;0})");
            }
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"  seconds a step {a.SecondsPerStep:0.000} -> {b.SecondsPerStep:0.000}, peak memory {a.PeakMemoryBytes >> 20} -> {b.PeakMemoryBytes >> 20} MiB");
        if (a.Fingerprint != b.Fingerprint)
        {
            yield return $"machines differ: {a.Fingerprint.Cpu}, {a.Fingerprint.LibTorch}, commit {Short(a)} -> {b.Fingerprint.Cpu}, {b.Fingerprint.LibTorch}, commit {Short(b)}";
        }
    }

    private static string Short(RunRecord record) => record.Fingerprint.GitCommit[..Math.Min(8, record.Fingerprint.GitCommit.Length)];

    private static RunRecord Find(RunStore store, string what)
    {
        var path = Directory.Exists(what) ? Path.Combine(what, "run.json") : what;
        if (File.Exists(path))
        {
            return RunRecordJson.TryRead(path, out var problem) ?? throw new UsageException(problem!);
        }

        var found = what.Length >= 4 ? store.Records().Where(r => r.Key.StartsWith(what, StringComparison.OrdinalIgnoreCase)).ToArray() : [];
        return found.Length == 1 ? found[0] : throw new UsageException(found.Length == 0
            ? $"no run '{what}': give a run.json, its folder, or at least 4 digits of a key under {store.Root}"
            : $"'{what}' fits {found.Length} keys; give more digits");
    }
}
