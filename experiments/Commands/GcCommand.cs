// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Commands;

/// <summary>Removes run folders that neither the newest records nor a kept report need.</summary>
internal static class GcCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "folder for data, runs and report", DefaultValueFactory = _ => "artifacts" };
        var keep = new Option<int>("--keep") { Description = "newest records to keep of each job and seed", DefaultValueFactory = _ => 1 };
        var dry = new Option<bool>("--dry-run") { Description = "only say what would go" };
        var reports = new Option<string[]>("--reports") { Description = "results.json files whose runs stay; default: <output>/report/results.json", AllowMultipleArgumentsPerToken = true };
        var keepCheckpoints = new Option<string>(KeepCheckpointsOption.Name) { Description = "newest kept checkpoints of epochs that stay in each finished folder, or all", HelpName = "N|all", DefaultValueFactory = _ => "all" };
        var command = new Command("gc", "Removes old run folders; keeps the newest of each job and what a kept report shows") { output, keep, dry, reports, keepCheckpoints };
        command.SetAction(parsed =>
        {
            var root = parsed.GetValue(output)!;
            if (parsed.GetValue(keep) < 1)
            {
                throw new UsageException($"--keep {parsed.GetValue(keep)}: need at least 1");
            }

            var checkpoints = CheckpointKeeping.Parse(parsed.GetValue(keepCheckpoints)!);
            string[] kept = parsed.GetValue(reports) is { Length: > 0 } named ? named : [Path.Combine(root, "report", "results.json")];
            var (folders, bytes) = (0, 0L);
            var store = new RunStore(root);
            var removable = Removable(store, parsed.GetValue(keep), kept);
            var epochs = OldCheckpoints(store, removable, checkpoints);
            foreach (var folder in removable)
            {
                var size = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
                if (!parsed.GetValue(dry) && !TryRemove(folder))
                {
                    Console.WriteLine($"in use, left alone: {folder}");
                    continue;
                }

                (folders, bytes) = (folders + 1, bytes + size);
                Console.WriteLine($"{(parsed.GetValue(dry) ? "would remove" : "removed")} {folder}");
            }

            foreach (var file in epochs)
            {
                bytes += new FileInfo(file).Length;
                if (!parsed.GetValue(dry))
                {
                    File.Delete(file);
                }

                Console.WriteLine($"{(parsed.GetValue(dry) ? "would remove" : "removed")} {file}");
            }

            Console.WriteLine(epochs.Count == 0 ? $"{folders} folders, {bytes >> 20} MiB" : $"{folders} folders, {epochs.Count} checkpoints, {bytes >> 20} MiB");
            return ExitCode.Ok;
        });
        return command;
    }

    internal static IReadOnlyList<string> Removable(RunStore store, int keep, IReadOnlyList<string> reports)
    {
        var texts = reports.Where(File.Exists).Select(File.ReadAllText).ToArray();
        bool Shown(RunRecord record) => texts.Any(t => t.Contains(record.Key, StringComparison.Ordinal));
        return
        [
            .. store.Folders().GroupBy(f => (f.Record.Job, f.Record.Inputs.Device))
                .SelectMany(g => g.OrderByDescending(f => f.Record.StartedAt).Skip(keep))
                .Where(f => !Shown(f.Record)).Select(f => f.Folder).Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Kept checkpoints of epochs in the finished folders that stay, beyond the newest of each training.</summary>
    private static IReadOnlyList<string> OldCheckpoints(RunStore store, IReadOnlyList<string> removed, CheckpointKeeping keep) =>
    [
        .. store.Folders().Select(f => f.Folder).Except(removed).SelectMany(CheckpointStore.EpochFiles).GroupBy(f => Path.GetDirectoryName(f)!)
            .SelectMany(g => g.OrderByDescending(f => f, StringComparer.Ordinal).Skip(keep.Newest)).Order(StringComparer.Ordinal),
    ];

    /// <summary>The record goes first: a half-removed folder is an unfinished run, never a finished one without files.</summary>
    private static bool TryRemove(string folder)
    {
        using var held = RunLock.TryAcquire(folder, TimeProvider.System);
        if (held is null)
        {
            return false;
        }

        File.Delete(Path.Combine(folder, "run.json"));
        Directory.Delete(folder, recursive: true);
        return true;
    }
}
