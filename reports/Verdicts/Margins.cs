// SPDX-License-Identifier: MIT
using Yoso.Reports.Published;

namespace Yoso.Reports.Verdicts;

/// <summary>How far ours may lie from the published value and still count as the same, in points of the metric.</summary>
/// <param name="ConvergedAbove">Where a cell's results are known to have two humps: the value that parts them.</param>
internal sealed record Margin(string Suite, string Task, string Metric, double Points, double? ConvergedAbove, string Reason);

/// <summary>The margins of margins.csv, fixed in the repository before any run they judge.</summary>
internal sealed class Margins
{
    private static readonly string[] Columns = ["suite", "task", "metric", "margin", "converged_above", "reason"];
    private readonly Dictionary<(string, string, string), Margin> _byCell = [];

    public IReadOnlyCollection<Margin> All => _byCell.Values;

    public static Margins Shipped()
    {
        using var reader = new StringReader(EmbeddedText.Read("Verdicts.margins.csv"));
        return Load(reader, "margins.csv");
    }

    public static Margins Load(TextReader reader, string fileName)
    {
        var margins = new Margins();
        foreach (var row in CsvRows.Read(reader, fileName, Columns))
        {
            var margin = new Margin(
                row.Text("suite"), row.Text("task"), row.Text("metric"), row.Number("margin"),
                row.Optional("converged_above") is null ? null : row.Number("converged_above"), row.Text("reason"));
            if (margin.Points <= 0)
            {
                throw row.Problem("margin", "must be above 0");
            }

            if (!margins._byCell.TryAdd((margin.Suite, margin.Task, margin.Metric), margin))
            {
                throw row.Problem("task", $"second margin for {margin.Suite}/{margin.Task} {margin.Metric}");
            }
        }

        return margins;
    }

    public Margin? Find(string suite, string task, string metric) => _byCell.GetValueOrDefault((suite, task, metric));
}
