// SPDX-License-Identifier: MIT

namespace Yoso.Reports.Published;

/// <summary>The numbers of published.csv, found by our names.</summary>
public sealed class PublishedNumbers
{
    private static readonly string[] Columns = ["publication", "table", "model", "task", "metric", "value", "decimals", "confidence", "reference"];

    private readonly Dictionary<(string Table, string Task, string Model, string Metric), PublishedNumber> _paper;

    private PublishedNumbers(IReadOnlyList<PublishedNumber> all)
    {
        All = all;
        _paper = all.Where(n => n.Publication.StartsWith("YOSO,", StringComparison.Ordinal))
            .ToDictionary(n => (n.Table, n.Task, n.Model, n.Metric));
    }

    public IReadOnlyList<PublishedNumber> All { get; }

    /// <summary>The numbers shipped with this assembly.</summary>
    public static PublishedNumbers Shipped()
    {
        using var reader = new StringReader(EmbeddedText.Read("Published.published.csv"));
        return Load(reader, "published.csv");
    }

    /// <summary>Throws <see cref="FormatException"/> with file, line and column on a bad row.</summary>
    public static PublishedNumbers Load(TextReader reader, string fileName)
    {
        var numbers = new List<PublishedNumber>();
        var seen = new HashSet<(string, string, string, string, string)>();
        foreach (var row in CsvRows.Read(reader, fileName, Columns))
        {
            var number = new PublishedNumber(
                row.Text("publication"), row.Text("table"), row.Text("model"), row.Text("task"), row.Text("metric"),
                row.Number("value"), row.Integer("decimals", 0, 6), ConfidenceOf(row), row.Text("reference"));
            if (!seen.Add((number.Publication, number.Table, number.Model, number.Task, number.Metric)))
            {
                throw row.Problem("model", $"second value for {number.Table}, {number.Task}, {number.Model}, {number.Metric}");
            }

            numbers.Add(number);
        }

        return new PublishedNumbers(numbers);
    }

    /// <summary>The YOSO paper's value for one of our cells, or null when the paper (as far as known) prints none.</summary>
    /// <param name="suite">lra, glue or pretrain.</param>
    /// <param name="task">e.g. listops.</param>
    /// <param name="model">Our model name; the file uses the same spelling for the YOSO paper's rows.</param>
    /// <param name="metric">accuracy, accuracy-mm (MNLI mismatched), f1 and sop-accuracy in percent, or perplexity.</param>
    public PublishedNumber? Find(string suite, string task, string model, string metric)
    {
        var table = suite switch { "lra" => "LRA", "glue" => "GLUE dev, length 512", "pretrain" when task == "bert" => "MLM and SOP, length 512", _ => null };
        var printed = (suite, metric) switch
        {
            ("pretrain", "perplexity") => "perplexity",
            ("pretrain", "sop-accuracy") => "accuracy %",
            ("pretrain", _) => null,
            (_, "accuracy" or "accuracy-mm") => "accuracy %",
            (_, "f1") => "F1 %",
            _ => null,
        };
        var row = (suite, task, metric) switch
        {
            ("pretrain", _, "sop-accuracy") => "sop",
            ("pretrain", _, _) => "mlm",
            ("glue", "mnli", "accuracy-mm") => "mnli-mm",
            ("glue", "mnli", _) => "mnli-m",
            _ => task,
        };
        return table is not null && printed is not null ? _paper.GetValueOrDefault((table, row, model, printed)) : null;
    }

    private static Confidence ConfidenceOf(CsvRow row) => row.Text("confidence") switch
    {
        "verified" => Confidence.Verified,
        "verified-1dp" => Confidence.VerifiedOneDecimal,
        "remembered" => Confidence.Remembered,
        var other => throw row.Problem("confidence", $"'{other}' is none of verified, verified-1dp, remembered"),
    };
}
