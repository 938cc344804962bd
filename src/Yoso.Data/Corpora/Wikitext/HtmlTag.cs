// SPDX-License-Identifier: MIT
using System.Collections.Frozen;

namespace Yoso.Data.Corpora.Wikitext;

/// <summary>A tag of HTML or of a MediaWiki extension in wikitext.</summary>
internal sealed record HtmlTag(string Name, bool Closes, bool ClosesItself, int Length)
{
    private static readonly FrozenSet<string> RawElements = FrozenSet.Create(
        "ref", "references", "nowiki", "pre", "math", "chem", "ce", "syntaxhighlight", "source", "gallery", "imagemap", "timeline", "score", "hiero", "graph",
        "mapframe", "maplink", "templatedata", "templatestyles", "categorytree", "inputbox", "includeonly", "indicator", "dynamicpagelist", "charinsert");

    private static readonly FrozenSet<string> LineElements = FrozenSet.Create("p", "div", "hr", "li", "ul", "ol", "dl", "dt", "dd", "tr", "blockquote", "center", "poem", "h1", "h2", "h3", "h4", "h5", "h6");

    private static readonly FrozenSet<string> OtherElements = FrozenSet.Create(
        "table", "br", "td", "th", "caption", "thead", "tbody", "span", "b", "i", "u", "s", "del", "ins", "strike", "small", "big", "sub", "sup", "em", "strong", "code", "tt", "samp", "kbd",
        "var", "cite", "font", "abbr", "bdi", "bdo", "q", "mark", "dfn", "ruby", "rb", "rt", "rp", "rtc", "wbr", "time", "data", "nobr", "noinclude", "onlyinclude", "section", "a", "img", "translate", "tvar");

    internal static bool IsRaw(string name) => RawElements.Contains(name);

    internal static bool BreaksLine(string name) => LineElements.Contains(name);

    /// <summary>The tag at a "&lt;", null if it is only a sign.</summary>
    internal static HtmlTag? TryRead(string text, int at)
    {
        var closes = at + 1 < text.Length && text[at + 1] == '/';
        var start = at + (closes ? 2 : 1);
        var end = start;
        while (end < text.Length && end - start < 20 && char.IsAsciiLetterOrDigit(text[end])) end++;
        if (end == start || end == text.Length || text[end] is not (' ' or '\t' or '\n' or '/' or '>')) return null;
        var name = text[start..end].ToLowerInvariant();
        if (!RawElements.Contains(name) && !LineElements.Contains(name) && !OtherElements.Contains(name)) return null;
        var stop = text.AsSpan(end).IndexOfAny('<', '>');
        if (stop < 0 || text[end + stop] == '<') return null;
        return new HtmlTag(name, closes, stop > 0 && text[end + stop - 1] == '/', end + stop + 1 - at);
    }
}
