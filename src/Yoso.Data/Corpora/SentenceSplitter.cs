// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora;

/// <summary>Cuts English paragraphs into sentences: the segments of the sentence order task.</summary>
/// <remarks>
/// A sentence ends with . ! or ?, closing quotes or brackets, white space, and something that starts a sentence; not after
/// common abbreviations and initials. Upstream's own rule is unpublished.
/// </remarks>
internal static class SentenceSplitter
{
    private static readonly HashSet<string> Abbreviations = new(StringComparer.OrdinalIgnoreCase)
    {
        "mr", "mrs", "ms", "dr", "st", "prof", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "gov", "sen", "rep", "pres", "jr", "sr",
        "vs", "etc", "e.g", "i.e", "cf", "ca", "approx", "fig", "no", "nos", "vol", "pp", "ed", "eds", "op", "inc", "ltd", "co", "corp", "dept", "univ",
        "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec", "u.s", "u.k", "a.m", "p.m", "b.c", "a.d", "d.c",
    };

    internal static IEnumerable<string> Split(string paragraph)
    {
        var start = 0;
        for (var at = 0; at < paragraph.Length; at++)
        {
            if (paragraph[at] is not ('.' or '!' or '?')) continue;
            var end = at + 1;
            while (end < paragraph.Length && paragraph[end] is '.' or '!' or '?' or '"' or '\'' or '”' or '’' or ')' or ']' or '»') end++;
            var next = end;
            while (next < paragraph.Length && char.IsWhiteSpace(paragraph[next])) next++;
            var ends = next > end && next < paragraph.Length && Starts(paragraph[next]) && !(paragraph[at] == '.' && IsAbbreviation(paragraph, start, at));
            at = end - 1;
            if (!ends) continue;
            yield return paragraph[start..end];
            (start, at) = (next, next - 1);
        }
        if (start < paragraph.Length) yield return paragraph[start..];
    }

    private static bool Starts(char c) => char.IsUpper(c) || char.IsDigit(c) || c is '"' or '\'' or '“' or '‘' or '(' or '[' or '«' || (c > 0x2E80 && char.IsLetter(c));

    private static bool IsAbbreviation(string text, int start, int dot)
    {
        var first = dot;
        while (first > start && !char.IsWhiteSpace(text[first - 1]) && text[first - 1] is not ('(' or '"' or '“') && dot - first < 12) first--;
        var word = text[first..dot];
        return (word.Length == 1 && char.IsUpper(word[0])) || Abbreviations.Contains(word);
    }
}
