// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

internal static class WellFormed
{
    private const char Replacement = '\uFFFD';

    /// <summary>The text itself, or a copy in which each lone surrogate is U+FFFD: no tokenizer has bytes for half a character.</summary>
    internal static ReadOnlySpan<char> Repair(ReadOnlySpan<char> text)
    {
        var at = FirstLone(text, 0);
        if (at < 0) return text;
        var copy = text.ToArray();
        for (; at >= 0; at = FirstLone(copy, at + 1)) copy[at] = Replacement;
        return copy;
    }

    private static int FirstLone(ReadOnlySpan<char> text, int from)
    {
        while (from < text.Length)
        {
            var next = text[from..].IndexOfAnyInRange('\uD800', '\uDFFF');
            if (next < 0) return -1;
            from += next;
            var pair = char.IsHighSurrogate(text[from]) && from + 1 < text.Length && char.IsLowSurrogate(text[from + 1]);
            if (!pair) return from;
            from += 2;
        }
        return -1;
    }
}
