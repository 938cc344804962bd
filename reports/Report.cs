// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Exports;
using Yoso.Reports.Published;
using Yoso.Reports.Tables;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports;

/// <summary>Renders report.html, report.md, results.csv, results.json and tables/*.tex from records alone.</summary>
public static class Report
{
    /// <summary>
    /// Writes the report; each file appears whole or not at all (written as *.partial, then renamed). LaTeX tables of an earlier
    /// report that this one no longer has are removed.
    /// </summary>
    /// <returns>The full path of report.html.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static string Render(ReportInput input, string outputFolder)
    {
        var folder = Path.GetFullPath(outputFolder);
        var files = Files(input);
        var tables = Path.Combine(folder, "tables");
        Directory.CreateDirectory(tables);
        foreach (var (name, text) in files)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path + ".partial", text);
            File.Move(path + ".partial", path, overwrite: true);
        }

        foreach (var old in Directory.EnumerateFiles(tables, "*.tex").Where(f => !files.ContainsKey($"tables/{Path.GetFileName(f)}")).ToArray())
        {
            File.Delete(old);
        }

        return Path.Combine(folder, "report.html");
    }

    /// <summary>Path below the report folder (with "/") to text: the same for the same input, in every culture.</summary>
    internal static IReadOnlyDictionary<string, string> Files(ReportInput input)
    {
        var margins = Margins.Shipped();
        var published = PublishedNumbers.Shipped();
        var cells = CellBuilder.Build(input, published, margins);
        var view = ReportViewBuilder.Build(input, cells, published, margins);
        using var csv = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        ResultsCsv.Write(cells, input, csv);
        var files = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["report.html"] = TemplateRenderer.Html("report.html.sbn", new { View = view, Style = new Raw(EmbeddedText.Read("templates.report.css")) }),
            ["report.md"] = TemplateRenderer.Markdown("report.md.sbn", new { View = view }),
            ["results.csv"] = csv.ToString(),
            ["results.json"] = ResultsJson.Text(input, cells, view),
        };
        foreach (var table in view.Tables)
        {
            files[$"tables/{table.Id}.tex"] = TemplateRenderer.Latex("table.tex.sbn", new { Table = table });
        }

        foreach (var table in view.Measurements.SelectMany(m => m.Tables))
        {
            files[$"tables/{table.Id}.tex"] = TemplateRenderer.Latex("measurement.tex.sbn", new { Table = table });
        }

        return files;
    }
}
