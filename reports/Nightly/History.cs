// SPDX-License-Identifier: MIT
using System.Globalization;
using CsvHelper;
using Yoso.Reports.Published;

namespace Yoso.Reports.Nightly;

/// <summary>history.csv: every night's metrics, oldest first. Written whole beside the old file, then renamed.</summary>
internal static class History
{
    /// <exception cref="FormatException">The file is damaged; the message names line and column.</exception>
    public static IReadOnlyList<HistoryRow> Read(string path)
    {
        if (!File.Exists(path))
        {
            return [];
        }

        using var reader = new StreamReader(path);
        return [.. CsvRows.Read(reader, path, HistoryRow.Columns).Select(HistoryRow.From)];
    }

    public static void Write(string path, IEnumerable<HistoryRow> rows)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using (var writer = new StreamWriter(path + ".partial") { NewLine = "\n" })
        using (var csv = CsvWriter.Create(writer, CsvWriterOptions.Default with { NewLine = "\n" }, leaveOpen: true))
        {
            csv.WriteRecord(HistoryRow.Columns);
            foreach (var row in rows)
            {
                csv.WriteRecord(row.Fields());
            }
        }

        File.Move(path + ".partial", path, overwrite: true);
    }
}
