// SPDX-License-Identifier: MIT
using Yoso.Reports.Records;

namespace Yoso.Reports.Nightly;

/// <summary>What a night's page is made from.</summary>
/// <param name="Records">The night's runs, the newest of each job, one scale.</param>
/// <param name="Failures">Jobs without a result: name and reason.</param>
/// <param name="AcceptMoves">What moved is meant to: later nights are compared with tonight on.</param>
public sealed record NightlyInput(IReadOnlyList<RunRecord> Records, IReadOnlyList<string> Failures, DateTimeOffset Night, string Commit, bool AcceptMoves = false);

/// <summary>Appends a night to the history and writes its page.</summary>
public static class NightlyReport
{
    /// <returns>True when nothing moved, went missing or failed, or the moves are accepted.</returns>
    /// <param name="historyPath">history.csv; made where it is missing.</param>
    /// <param name="folder">Receives nightly.html and nightly.md.</param>
    /// <exception cref="FormatException">The history is damaged; nothing is written.</exception>
    public static bool Write(NightlyInput input, string historyPath, string folder)
    {
        var history = History.Read(historyPath);
        var tonight = NightlyRows.From(input.Records, input.Night, input.Commit);
        var results = NightlyJudge.Judge(history, tonight);
        Directory.CreateDirectory(folder);
        foreach (var (name, text) in NightlyPage.Files(results, input.Failures, input.Night, input.Commit))
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path + ".partial", text);
            File.Move(path + ".partial", path, overwrite: true);
        }

        // Last: a night that was cut short is not in the history and can be done again.
        History.Write(historyPath, history.Concat(NightlyJudge.WithEpochs(history, tonight, input.AcceptMoves)));
        var bad = results.Any(r => r.State is NightState.Moved or NightState.Gone);
        return input.Failures.Count == 0 && (!bad || input.AcceptMoves);
    }
}
