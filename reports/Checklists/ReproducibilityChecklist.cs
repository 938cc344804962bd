// SPDX-License-Identifier: MIT
using Yoso.Reports.Tables;

namespace Yoso.Reports.Checklists;

/// <summary>A question of the NeurIPS reproducibility checklist and what the records answer.</summary>
internal sealed record ChecklistAnswer(string Question, string Answer);

/// <summary>Answers that follow from the records alone; nothing is claimed that no record shows.</summary>
internal static class ReproducibilityChecklist
{
    public static IReadOnlyList<ChecklistAnswer> Answer(IReadOnlyList<Cell> cells)
    {
        var withRuns = cells.Where(c => c.HasRuns).ToArray();
        var runs = withRuns.SelectMany(c => c.Runs).ToArray();
        if (runs.Length == 0)
        {
            return [];
        }

        var protocols = runs.Select(r => $"{r.Protocol.Name}: checkpoint by {r.Protocol.CheckpointRule} on {r.Protocol.SelectionSplit}").Distinct();
        var data = runs.Select(r => r.Data).DistinctBy(d => (d.Name, d.Digest));
        var commits = runs.Select(r => Show.Digest(r.Fingerprint.GitCommit) + (r.Fingerprint.GitDirty ? " with local changes" : "")).Distinct();
        var devices = runs.Select(r => r.Fingerprint.Gpu ?? r.Fingerprint.Cpu).Distinct();
        return
        [
            new("Splits and how hyper-parameters were chosen",
                $"Train/dev/test counts are in the data table. {string.Join("; ", protocols)}. No hyper-parameter search is on record; each run's config.json has every setting."),
            new("Error bars", ErrorBars(withRuns)),
            new("Compute",
                $"{Show.Plural(runs.Length, "run")} on {string.Join("; ", devices)}: {Show.Duration(runs.Sum(r => r.WallSeconds))} in all, {Show.Duration(runs.Min(r => r.WallSeconds))} to {Show.Duration(runs.Max(r => r.WallSeconds))} each, "
                + $"at most {Show.Memory(runs.Max(r => r.PeakMemoryBytes))} of memory. {Failed(cells)}"),
            new("Licences of the data", string.Join("; ", data.Select(d => $"{d.Name} ({d.Kind}): {d.Licence}")) + "."),
            new("Code and commands", $"Commit {string.Join(", ", commits)}. Each cell's command is under its table; inputs are identified by digests in run.json."),
            new("Seeds", $"{string.Join(", ", runs.Select(r => r.Job.Seed).Distinct().Order())}, each in its run's record."),
        ];
    }

    private static string ErrorBars(Cell[] cells)
    {
        var several = cells.Count(c => c.Runs.Count > 1);
        return several == 0
            ? "None: every cell has one seed."
            : $"Standard deviation over seeds (n - 1) in {several} of {Show.Plural(cells.Length, "cell")}; the others have one seed and none. Only the seed varies between the runs of a cell.";
    }

    private static string Failed(IReadOnlyList<Cell> cells) => cells.Sum(c => c.Failed.Count) is > 0 and var failed
        ? $"{Show.Plural(failed, "job")} failed: time spent there is not in the sum."
        : "No failed jobs are on record.";
}
