// SPDX-License-Identifier: MIT
using System.Globalization;
using CsvHelper;

namespace Yoso.Reports.Published;

/// <summary>Reads our own small tables; each message names file, line and column.</summary>
internal static class CsvRows
{
    private static readonly CsvReaderOptions Strict = CsvReaderOptions.Default with
    {
        Separator = ',',
        TrackLineNumbers = true,
        MalformedData = CsvMalformedDataHandling.Throw,
    };

    public static IReadOnlyList<CsvRow> Read(TextReader reader, string fileName, IReadOnlyList<string> columns)
    {
        var rows = new List<CsvRow>();
        try
        {
            using var csv = CsvReader.FromText(reader.ReadToEnd(), Strict);
            csv.ReadHeader();
            var absent = columns.Except(csv.Headers, StringComparer.Ordinal).ToArray();
            if (absent.Length > 0)
            {
                throw new FormatException($"{fileName}, line 1: no column {string.Join(", ", absent)}");
            }

            while (csv.Read())
            {
                if (csv.FieldCount != csv.Headers.Count)
                {
                    throw new FormatException($"{fileName}, line {csv.LineNumber}: {csv.FieldCount} fields, the header has {csv.Headers.Count}");
                }

                rows.Add(new CsvRow(fileName, csv.LineNumber, columns.ToDictionary(c => c, csv.GetString)));
            }
        }
        catch (CsvFormatException e)
        {
            throw new FormatException($"{fileName}, line {e.LineNumber}: {e.Message}", e);
        }

        return rows;
    }
}

/// <summary>One row and the line on which it starts.</summary>
internal sealed record CsvRow(string FileName, long Line, IReadOnlyDictionary<string, string> Fields)
{
    public string Text(string column) => Optional(column) ?? throw Problem(column, "empty");

    public string? Optional(string column) => string.IsNullOrWhiteSpace(Fields[column]) ? null : Fields[column].Trim();

    public double Number(string column)
    {
        var text = Text(column);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw Problem(column, $"'{text}' is not a number");
    }

    public int Integer(string column, int low, int high)
    {
        var text = Text(column);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= low && value <= high
            ? value
            : throw Problem(column, $"'{text}' is not a whole number from {low} to {high}");
    }

    public FormatException Problem(string column, string what) => new($"{FileName}, line {Line}, column {column}: {what}");
}
