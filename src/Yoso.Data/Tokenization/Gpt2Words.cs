// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Data.Tokenization;

/// <summary>
/// Cuts text into the words that byte-level BPE merges within, as GPT-2's pattern does:
/// <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.
/// </summary>
/// <remarks>By hand, since .NET's regular expressions see surrogates, not the letters that they stand for, and take ten times as long.</remarks>
internal static class Gpt2Words
{
    private enum Class : byte { Other, Letter, Number, Space }

    private static readonly Class[] Ascii = [.. Enumerable.Range(0, 128).Select(c => Of(new Rune(c)))];

    /// <summary>Length of the word at the start of <paramref name="text"/>, which is well-formed UTF-16 and not empty.</summary>
    internal static int Length(ReadOnlySpan<char> text)
    {
        if (text[0] == '\'' && Contraction(text) is > 0 and var contraction) return contraction;
        var first = Next(text, 0, out var length);
        if (first == Class.Space)
        {
            if (text[0] != ' ' || text.Length == 1) return Spaces(text);
            // A single space belongs to the word after it.
            first = Next(text, 1, out length);
            if (first == Class.Space) return Spaces(text);
            length++;
        }
        while (length < text.Length && Next(text, length, out var more) == first) length += more;
        return length;
    }

    /// <summary>White space up to the end, or all but the last character before a word.</summary>
    private static int Spaces(ReadOnlySpan<char> text)
    {
        var length = 1; // all white space is in the basic plane
        while (length < text.Length && Next(text, length, out _) == Class.Space) length++;
        return length < text.Length && length > 1 ? length - 1 : length;
    }

    private static int Contraction(ReadOnlySpan<char> text) => text.Length < 2 ? 0 : text[1] switch
    {
        's' or 't' or 'm' or 'd' => 2,
        'r' or 'v' when text.Length > 2 && text[2] == 'e' => 3,
        'l' when text.Length > 2 && text[2] == 'l' => 3,
        _ => 0,
    };

    private static Class Next(ReadOnlySpan<char> text, int at, out int length)
    {
        var c = text[at];
        length = 1;
        if (c < 128) return Ascii[c];
        if (!char.IsSurrogate(c)) return Of(new Rune(c));
        length = 2;
        return Of(new Rune(c, text[at + 1]));
    }

    private static Class Of(Rune rune) => Rune.IsWhiteSpace(rune) ? Class.Space : Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or
            UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Class.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Class.Number,
        _ => Class.Other,
    };
}
