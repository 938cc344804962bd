// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Published;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Nightly;

/// <summary>One metric of one cell in one night, with the inputs it rests on. A line of history.csv.</summary>
/// <param name="Night">When the night's page was made.</param>
/// <param name="Commit">Of the checkout.</param>
/// <param name="Cell">suite/task/model.</param>
/// <param name="Metric">accuracy (%) and the like, loss (nat) and perplexity on the split that the report shows; or speed (times as fast a step as softmax in the same night) or memory (bytes).</param>
/// <param name="Value">Mean over the seeds.</param>
/// <param name="Count">Examples behind a score, else 0.</param>
/// <param name="Machine">Equal for machines whose numbers can be compared.</param>
/// <param name="Epoch">Raised when a person accepts a new level: earlier nights are then no longer compared.</param>
/// <param name="Inputs">Name to short digest or value: configuration, data, code, kernels, libtorch, dotnet.</param>
internal sealed record HistoryRow(
    DateTimeOffset Night, string Commit, string Cell, string Metric, double Value, int Count, string Machine, int Epoch, IReadOnlyDictionary<string, string> Inputs)
{
    public static readonly string[] InputNames = ["configuration", "data", "code", "kernels", "libtorch", "dotnet"];

    public static readonly string[] Columns = ["night", "commit", "cell", "metric", "value", "count", "machine", "epoch", .. InputNames];

    public string Name => $"{Cell} {Metric}";

    public string[] Fields() =>
    [
        Night.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture), Commit, Cell, Metric, Show.Exact(Value),
        Count.ToString(CultureInfo.InvariantCulture), Machine, Epoch.ToString(CultureInfo.InvariantCulture), .. InputNames.Select(n => Inputs[n]),
    ];

    public static HistoryRow From(CsvRow row) => new(
        DateTimeOffset.TryParse(row.Text("night"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var night) ? night : throw row.Problem("night", "not a time"),
        row.Text("commit"),
        row.Text("cell"),
        row.Text("metric"),
        row.Number("value"),
        row.Integer("count", 0, int.MaxValue),
        row.Text("machine"),
        row.Integer("epoch", 0, int.MaxValue),
        InputNames.ToDictionary(n => n, row.Text));
}
