// SPDX-License-Identifier: MIT
namespace Yoso.Reports;

/// <summary>Templates and tables shipped inside the assembly.</summary>
internal static class EmbeddedText
{
    /// <summary><paramref name="name"/> is the path below reports/ with dots, e.g. "templates.report.css".</summary>
    public static string Read(string name)
    {
        var stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream($"Yoso.Reports.{name}")
            ?? throw new InvalidOperationException($"resource {name} is not in the assembly: build reports/ again");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }
}
