// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Nightly;

internal enum NightState
{
    Steady,
    Moved,
    Gone,
    New,
}

/// <summary>A metric tonight against its earlier nights.</summary>
/// <param name="Name">Cell and metric.</param>
/// <param name="Tonight">Null when it is gone.</param>
/// <param name="Band">Null while there are too few nights.</param>
/// <param name="Earlier">Comparable nights, oldest first.</param>
/// <param name="Changes">Inputs that differ from the newest earlier night: "code 12ab34cd -> 56ef78ab".</param>
internal sealed record NightResult(string Name, NightState State, HistoryRow? Tonight, Band? Band, IReadOnlyList<HistoryRow> Earlier, IReadOnlyList<string> Changes);

/// <summary>Says of every metric whether it moved. Only nights of the same machine and epoch are compared.</summary>
internal static class NightlyJudge
{
    public static IReadOnlyList<NightResult> Judge(IReadOnlyList<HistoryRow> history, IReadOnlyList<HistoryRow> tonight)
    {
        var results = tonight.Select(row => One(history, row)).ToList();
        // Gone: the night before had it on this machine. A machine that never ran a cell does not miss it.
        var machines = tonight.Select(r => r.Machine).ToHashSet();
        var last = history.Where(h => machines.Contains(h.Machine)).Select(h => h.Night).DefaultIfEmpty().Max();
        results.AddRange(history.Where(h => h.Night == last && machines.Contains(h.Machine) && tonight.All(t => t.Name != h.Name))
            .Select(h => new NightResult(h.Name, NightState.Gone, null, null, Comparable(history, h), [])));
        return results;
    }

    /// <summary>Tonight's rows with their epoch: that of the newest comparable night, one more for metrics whose move is accepted.</summary>
    public static IReadOnlyList<HistoryRow> WithEpochs(IReadOnlyList<HistoryRow> history, IReadOnlyList<HistoryRow> tonight, bool acceptMoves) =>
    [
        .. tonight.Select(row =>
        {
            var epoch = Epoch(history, row);
            return row with { Epoch = acceptMoves && One(history, row).State == NightState.Moved ? epoch + 1 : epoch };
        }),
    ];

    private static NightResult One(IReadOnlyList<HistoryRow> history, HistoryRow row)
    {
        var earlier = Comparable(history, row);
        var band = Band.Of(earlier);
        var state = band is null ? NightState.New : band.Contains(row.Value) ? NightState.Steady : NightState.Moved;
        return new NightResult(row.Name, state, row, band, earlier, earlier.Length == 0 ? [] : Changes(earlier[^1], row));
    }

    private static HistoryRow[] Comparable(IReadOnlyList<HistoryRow> history, HistoryRow row)
    {
        var epoch = Epoch(history, row);
        return [.. history.Where(h => h.Name == row.Name && h.Machine == row.Machine && h.Epoch == epoch).OrderBy(h => h.Night)];
    }

    private static int Epoch(IReadOnlyList<HistoryRow> history, HistoryRow row) =>
        history.Where(h => h.Name == row.Name && h.Machine == row.Machine).Select(h => h.Epoch).DefaultIfEmpty(0).Max();

    private static string[] Changes(HistoryRow before, HistoryRow after) =>
    [
        .. HistoryRow.InputNames.Where(n => before.Inputs[n] != after.Inputs[n]).Select(n => $"{n} {before.Inputs[n]} -> {after.Inputs[n]}"),
        .. before.Commit == after.Commit ? [] : new[] { $"commit {Short(before.Commit)} -> {Short(after.Commit)}" },
    ];

    private static string Short(string commit) => commit[..Math.Min(8, commit.Length)];
}
