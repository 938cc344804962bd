// SPDX-License-Identifier: MIT
using System.Text;

namespace Yoso.Data.Corpora.Wikitext;

/// <summary>The lines of a page that are prose: headings only where something follows, lists by choice, nothing of tables.</summary>
internal sealed class ProseLines(bool keepLists)
{
    private readonly List<string> lines = [];
    private readonly List<(int Level, string Title)> headings = []; // not yet followed by text

    private const char Protected = '\uE000';

    /// <summary>Moves the signs of wikitext to characters of private use, from which <see cref="Clean"/> brings them back untouched.</summary>
    internal static string Protect(string text) => string.Create(text.Length, text, (copy, from) =>
    {
        for (var i = 0; i < copy.Length; i++) copy[i] = char.IsAscii(from[i]) && !char.IsAsciiLetterOrDigit(from[i]) && from[i] > ' ' ? (char)(Protected + from[i]) : from[i];
    });

    internal IReadOnlyList<string> Of(string text)
    {
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan()[range].Trim();
            if (line.IsEmpty) continue;
            if (line[0] == '=' && Heading(line)) continue;
            if (Prose(line) is { Length: > 0 } prose) Add(prose);
        }
        return lines;
    }

    private void Add(string prose)
    {
        lines.AddRange(headings.Select(heading => heading.Title[^1] is '!' or '?' or '.' ? heading.Title : heading.Title + "."));
        headings.Clear();
        lines.Add(prose);
    }

    private bool Heading(ReadOnlySpan<char> line)
    {
        var level = 0;
        while (level < 6 && line.Length > 2 * (level + 1) && line[level] == '=' && line[^(level + 1)] == '=') level++;
        if (level == 0) return false;
        var title = Clean(line[level..^level].Trim());
        headings.RemoveAll(heading => heading.Level >= level);
        if (title.Any(char.IsLetterOrDigit)) headings.Add((level, title));
        return true;
    }

    private string Prose(ReadOnlySpan<char> line)
    {
        if (line[0] is '*' or '#' or ':' or ';')
        {
            if (!keepLists) return "";
            line = line.TrimStart("*#:; ");
        }
        // What is left of tables and templates that have no end.
        if (line.IsEmpty || line[0] is '|' or '!' || line.StartsWith("{|") || line.StartsWith("{{") || line.StartsWith("}}") || line.StartsWith("----")) return "";
        var clean = Clean(line);
        return clean.Any(char.IsLetterOrDigit) ? clean : "";
    }

    /// <summary>Single spaces; no brackets of links that have no end; no parentheses that a dropped template left empty.</summary>
    private static string Clean(ReadOnlySpan<char> line)
    {
        var clean = new StringBuilder(line.Length);
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            var doubled = i + 1 < line.Length && line[i + 1] == c;
            if (c is '[' or ']' or '{' or '}' && doubled)
            {
                i++;
                continue;
            }
            switch (c)
            {
                case ',' or ';' when Last(clean) == '(':
                    continue;
                case ')' when CloseEmpty(clean):
                    continue;
                case ',' or ';' or '.' or ')' when Ends(line, i) || c == ')':
                    TrimEnd(clean);
                    break;
            }
            if (!char.IsWhiteSpace(c)) clean.Append(c is > Protected and < (char)(Protected + 128) ? (char)(c - Protected) : c);
            else if (clean.Length > 0 && Last(clean) is not (' ' or '(')) clean.Append(' ');
        }
        return clean.ToString().Trim();
    }

    private static char Last(StringBuilder text) => text.Length > 0 ? text[^1] : '\0';

    private static bool Ends(ReadOnlySpan<char> line, int at) => at + 1 == line.Length || char.IsWhiteSpace(line[at + 1]);

    private static void TrimEnd(StringBuilder text)
    {
        while (Last(text) == ' ') text.Length--;
    }

    /// <summary>Takes back "(" and "(, ; " before a closing parenthesis, and a comma or semicolon that nothing follows.</summary>
    private static bool CloseEmpty(StringBuilder text)
    {
        var length = text.Length;
        while (length > 0 && text[length - 1] is ' ' or ',' or ';') length--;
        if (length > 0 && text[length - 1] == '(')
        {
            text.Length = length - 1;
            TrimEnd(text);
            if (text.Length > 0) text.Append(' ');
            return true;
        }
        if (text.Length - length > 1 && text[length] is ',' or ';') text.Length = length;
        return false;
    }
}
