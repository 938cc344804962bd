// SPDX-License-Identifier: MIT
using System.Net;
using System.Text;
using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;

namespace Yoso.Reports.Exports;

/// <summary>Text that is already in the output's format and is written as it is.</summary>
internal sealed record Raw(string Text)
{
    public override string ToString() => Text;
}

/// <summary>Renders an embedded Scriban template. Every value is escaped for the format unless it is <see cref="Raw"/>, so no template can forget to.</summary>
internal static class TemplateRenderer
{
    public static string Html(string template, object model) => Render(template, model, WebUtility.HtmlEncode);

    public static string Markdown(string template, object model) => Render(template, model, MarkdownText);

    public static string Latex(string template, object model) => Render(template, model, LatexText);

    /// <summary>A text that Markdown shows literally, also inside a table cell.</summary>
    public static string MarkdownText(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in OneLine(text))
        {
            escaped.Append(c switch
            {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '\\' or '`' or '*' or '_' or '[' or ']' or '|' or '~' => $"\\{c}",
                _ => c,
            });
        }

        return escaped.ToString();
    }

    /// <summary>A code span with a fence longer than any run of backticks inside; "|" is escaped because of tables.</summary>
    public static Raw MarkdownCode(string text)
    {
        var line = OneLine(text);
        var longest = 0;
        for (int i = 0, run = 0; i < line.Length; i++)
        {
            run = line[i] == '`' ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        var fence = new string('`', longest + 1);
        var pad = longest > 0 ? " " : "";
        return new Raw($"{fence}{pad}{line.Replace("|", "\\|", StringComparison.Ordinal)}{pad}{fence}");
    }

    public static string LatexText(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in OneLine(text))
        {
            escaped.Append(c switch
            {
                '\\' => @"\textbackslash{}",
                '~' => @"\textasciitilde{}",
                '^' => @"\textasciicircum{}",
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => $"\\{c}",
                '±' => @"$\pm$",
                '<' => "$<$",
                '>' => "$>$",
                '≤' => @"$\leq$",
                '≥' => @"$\geq$",
                '√' => @"$\surd$",
                'τ' => @"$	au$",
                '²' => "$^2$",
                '–' => "--",
                _ => c,
            });
        }

        return escaped.ToString();
    }

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private static string Render(string name, object model, Func<string, string> escape)
    {
        var template = Template.Parse(EmbeddedText.Read($"templates.{name}"), name);
        if (template.HasErrors)
        {
            throw new InvalidOperationException($"template {name}: {string.Join("; ", template.Messages)}");
        }

        var globals = new ScriptObject();
        globals.Import(model);
        globals.Import("code", new Func<string, Raw>(MarkdownCode));
        var context = new EscapingContext(escape) { StrictVariables = true, LoopLimit = 1_000_000, LimitToString = 0 };
        context.PushGlobal(globals);
        return template.Render(context);
    }

    private sealed class EscapingContext(Func<string, string> escape) : TemplateContext
    {
        public override TemplateContext Write(SourceSpan span, object? textAsObject)
        {
            var text = textAsObject is null ? "" : ObjectToString(textAsObject) ?? "";
            return Write(textAsObject is Raw ? text : escape(text));
        }
    }
}
