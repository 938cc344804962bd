// SPDX-License-Identifier: MIT
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Checklists;

/// <summary>
/// What the records say for each badge of the ACM's Artifact Review and Badging, version 1.1. A badge is given by people; this is the evidence.
/// </summary>
internal static class ArtifactBadges
{
    public static IReadOnlyList<ChecklistAnswer> Answer(IReadOnlyList<Cell> cells)
    {
        var withRuns = cells.Where(c => c.HasRuns).ToArray();
        if (withRuns.Length == 0)
        {
            return [];
        }

        var fingerprints = withRuns.SelectMany(c => c.Runs).Select(r => r.Fingerprint).ToArray();
        var commits = fingerprints.Select(f => Show.Digest(f.GitCommit)).Distinct().ToArray();
        return
        [
            new("ACM badge: Artifacts Available", "Not shown by records: it asks for a permanent public archive of "
                + $"{(commits.Length == 1 ? "commit" : "commits")} {string.Join(", ", commits)}{(fingerprints.Any(f => f.GitDirty) ? ", and some runs had local changes that no commit has" : "")}."),
            new("ACM badge: Artifacts Evaluated, Functional", Functional(cells, withRuns)),
            new("ACM badge: Artifacts Evaluated, Reusable", "A judgement for readers. On record: every run has its configuration, command, licences of data and digests of inputs."),
            new("ACM badge: Results Reproduced", "Does not apply: it asks for the authors' own artifacts, and this is an independent implementation."),
            new("ACM badge: Results Replicated", Replicated(withRuns)),
        ];
    }

    private static string Functional(IReadOnlyList<Cell> cells, Cell[] withRuns)
    {
        var failed = cells.Sum(c => c.Failed.Count);
        var missing = cells.Sum(c => c.Missing.Count);
        return $"{Show.Plural(withRuns.SelectMany(c => c.Runs).Count(), "run")} of {Show.Plural(withRuns.Length, "cell")} ended with a record"
            + $"{(failed > 0 ? $", {Show.Plural(failed, "job")} failed" : "")}{(missing > 0 ? $", {Show.Plural(missing, "job")} not run" : "")}.";
    }

    private static string Replicated(Cell[] cells)
    {
        var comparable = cells.Where(c => c.Verdict is { Kind: not VerdictKind.NotComparable }).ToArray();
        if (comparable.Length == 0)
        {
            return "No evidence: no cell can be held against a published number (see the verdicts).";
        }

        int Count(VerdictKind kind) => comparable.Count(c => c.Verdict!.Kind == kind);
        return $"Of {Show.Plural(comparable.Length, "comparable cell")}: {Count(VerdictKind.Reproduced)} reproduced, {Count(VerdictKind.Better)} better, "
            + $"{Count(VerdictKind.Deviates)} deviating, {Count(VerdictKind.Inconclusive)} inconclusive; {cells.Length - comparable.Length} not comparable.";
    }
}
