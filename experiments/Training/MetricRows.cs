// SPDX-License-Identifier: MIT
using System.Globalization;
using CsvHelper;

namespace Yoso.Experiments.Training;

/// <summary>metrics.csv in long form (step, split, metric, value). Holds results only, no times: two runs of one key have the same bytes.</summary>
internal sealed class MetricRows
{
    private readonly List<(int Step, string Split, string Metric, double Value)> _rows = [];

    public IReadOnlyList<(int Step, string Split, string Metric, double Value)> Rows => _rows;

    public void Add(int step, string split, string metric, double value) => _rows.Add((step, split, metric, value));

    public void Add(int step, string split, Score score)
    {
        Add(step, split, "loss", score.Loss);
        Add(step, split, "accuracy", score.Accuracy);
        foreach (var (metric, value) in score.Further ?? [])
        {
            Add(step, split, metric, value);
        }
    }

    public string ToText()
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, CsvWriterOptions.Default with { NewLine = "\n" }, leaveOpen: true))
        {
            csv.WriteRecord((string[])["step", "split", "metric", "value"]);
            foreach (var (step, split, metric, value) in _rows)
            {
                csv.WriteRecord((string[])[step.ToString(CultureInfo.InvariantCulture), split, metric, value.ToString("R", CultureInfo.InvariantCulture)]);
            }
        }

        return text.ToString();
    }

    public void Restore(string csvText)
    {
        _rows.Clear();
        _rows.AddRange(Parse(csvText));
    }

    public static IEnumerable<(int Step, string Split, string Metric, double Value)> Parse(string csvText)
    {
        using var csv = CsvReader.FromText(csvText, CsvReaderOptions.Default);
        csv.ReadHeader();
        while (csv.Read())
        {
            yield return (
                int.Parse(csv.GetString("step"), CultureInfo.InvariantCulture), csv.GetString("split"), csv.GetString("metric"),
                double.Parse(csv.GetString("value"), CultureInfo.InvariantCulture));
        }
    }
}
