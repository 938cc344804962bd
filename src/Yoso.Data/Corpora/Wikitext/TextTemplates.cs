// SPDX-License-Identifier: MIT
using System.Collections.Frozen;

namespace Yoso.Data.Corpora.Wikitext;

/// <summary>The templates without which a sentence has a hole; all others show nothing.</summary>
internal static class TextTemplates
{
    private static readonly FrozenSet<string> FirstArgument = FrozenSet.ToFrozenSet(
    [
        "nowrap", "nobr", "small", "smaller", "big", "larger", "em", "strong", "abbr", "abbrv", "tooltip", "nihongo", "sic", "not a typo", "notatypo", "ship", "uss", "hms", "mvar", "math", "val", "bold", "italic",
        "smallcaps", "sc", "script", "unicode", "code", "kbd", "var", "center", "quote", "blockquote", "cquote", "quotation", "nowiki", "ill", "interlanguage link", "annotated link", "pslink", "no wrap", "nobold",
        "linktext", "visible anchor", "vanchor", "keypress", "key press", "angbr", "angle bracket", "bra", "ket", "overline", "underline", "strikethrough", "gaps", "formatnum", "num", "number",
    ]);

    private static readonly FrozenDictionary<string, string> Signs = new Dictionary<string, string>
    {
        ["snd"] = " – ", ["spnd"] = " – ", ["spaced ndash"] = " – ", ["spaced en dash"] = " – ", ["ndash"] = "–", ["en dash"] = "–", ["mdash"] = "—", ["em dash"] = "—", ["spaced mdash"] = " — ",
        ["nbsp"] = " ", ["space"] = " ", ["thinsp"] = " ", ["'"] = "'", ["'s"] = "'s", ["`"] = "`", ["!"] = "|", ["="] = "=", ["dot"] = "·", ["·"] = " · ", ["•"] = " • ", ["bull"] = " • ", ["minus"] = "−", ["times"] = "×", ["pi"] = "π",
        ["shy"] = "", ["zwj"] = "", ["zwnj"] = "", ["ad"] = "AD", ["bc"] = "BC", ["bce"] = "BCE", ["ce"] = "CE", ["number sign"] = "No.", ["numero"] = "No.", ["degree"] = "°", ["deg"] = "°", ["prime"] = "′", ["gbp"] = "£", ["£"] = "£", ["euro"] = "€",
    }.ToFrozenDictionary();

    private static readonly FrozenSet<string> RangeWords = FrozenSet.Create("to", "-", "–", "and", "and(-)", "or", "by", "x", "×", "+/-", "±");

    /// <param name="arguments">As they stand, "name=value" among them.</param>
    internal static string Render(string name, string[] arguments)
    {
        name = name.Replace('_', ' ').Trim();
        var colon = name.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0 && name[..colon].Equals("formatnum", StringComparison.OrdinalIgnoreCase)) return name[(colon + 1)..].Trim();
        if (name.Contains('\n', StringComparison.Ordinal) || name.Length > 60) return "";
        var key = name.ToLowerInvariant();
        if (Signs.TryGetValue(key, out var sign) && arguments.Length == 0) return sign;
        var values = Positional(arguments);
        string At(int i) => i < values.Count ? values[i].Trim() : "";
        if (FirstArgument.Contains(key)) return At(0).Length > 0 ? At(0) : Named(arguments, "text");
        if (key.StartsWith("lang-", StringComparison.Ordinal)) return At(0);
        return key switch
        {
            "lang" or "langx" or "wikt-lang" => At(1),
            "transl" or "transliteration" or "translit" or "color" or "font color" or "fontcolor" or "size" => values.Count > 0 ? values[^1].Trim() : "",
            "as of" => $"As of {string.Join(' ', values)}",
            "circa" or "c." or "ca." => values.Count > 1 ? $"c. {At(0)} – c. {At(1)}" : At(0).Length > 0 ? $"c. {At(0)}" : "c.",
            "fl." or "floruit" => $"fl. {string.Join('–', values)}",
            "reign" or "r." => $"r. {string.Join('–', values)}",
            "frac" or "fraction" or "sfrac" => Fraction(values),
            "convert" or "cvt" => Measure(values),
            "sup" => At(0),
            "sub" => At(0),
            "chem2" or "chem name" or "chemf" => At(0),
            "us$" or "usd" => "$" + At(0),
            "a$" or "aud" => "A$" + At(0),
            "inr" => "₹" + At(0),
            _ => "",
        };
    }

    private static List<string> Positional(string[] arguments)
    {
        var values = new List<string>();
        foreach (var argument in arguments)
        {
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            var name = equals > 0 ? argument[..equals].Trim() : "";
            if (name is "1" or "2" or "3") values.Add(argument[(equals + 1)..]);
            else if (equals <= 0 || name.Any(c => !char.IsLetterOrDigit(c) && c is not ('_' or '-' or ' '))) values.Add(argument);
        }
        return values;
    }

    private static string Named(string[] arguments, string name) => arguments
        .Select(argument => argument.Split('=', 2)).Where(pair => pair.Length == 2 && pair[0].Trim() == name).Select(pair => pair[1].Trim()).FirstOrDefault("");

    private static string Fraction(List<string> values) => values.Count switch
    {
        0 => "",
        1 => $"1/{values[0].Trim()}",
        2 => $"{values[0].Trim()}/{values[1].Trim()}",
        _ => $"{values[0].Trim()} {values[1].Trim()}/{values[2].Trim()}",
    };

    /// <summary>{{convert|5|km|mi}} shows "5 km" and the same in miles; the first is text enough.</summary>
    private static string Measure(List<string> values)
    {
        if (values.Count >= 4 && RangeWords.Contains(values[1].Trim()))
        {
            var word = values[1].Trim() is "-" or "–" ? "–" : $" {values[1].Trim()} ";
            return $"{values[0].Trim()}{word}{values[2].Trim()} {values[3].Trim()}";
        }
        return values.Count >= 2 ? $"{values[0].Trim()} {values[1].Trim()}" : string.Concat(values);
    }
}
