// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Data.Tokenization;

/// <summary>The words of BERT uncased: control characters out, accents and capitals off, each punctuation mark and each Chinese character a word.</summary>
/// <remarks>The rules are those of Hugging Face's fast tokenizer, which lower-cases character by character (a final Σ becomes σ, not ς).</remarks>
internal ref struct BertWords(ReadOnlySpan<char> text)
{
    private enum Class : byte { Letter, Space, Punctuation, Ignored, Chinese }

    private static readonly Class[] Ascii = [.. Enumerable.Range(0, 128).Select(c => Of(new Rune(c)))];
    private readonly ReadOnlySpan<char> text = text;
    private char[] word = new char[64];
    private int length;
    private int at;
    private string? waiting;

    /// <summary>The next word; the span is valid until the next call.</summary>
    internal bool TryNext(out ReadOnlySpan<char> next)
    {
        length = 0;
        if (waiting is not null)
        {
            next = waiting;
            waiting = null;
            return true;
        }
        while (at < text.Length && !(text[at] < 128 ? TakeAscii(text[at]) : Take())) { }
        if (length == 0 && waiting is not null) return TryNext(out next);
        next = word.AsSpan(0, length);
        return length > 0;
    }

    /// <summary>Takes one character; true when a word ends.</summary>
    private bool TakeAscii(char c)
    {
        at++;
        switch (Ascii[c])
        {
            case Class.Letter:
                Append((char)(c is >= 'A' and <= 'Z' ? c + 32 : c));
                return false;
            case Class.Space:
                return length > 0;
            case Class.Punctuation:
                return Alone(c.ToString());
            default:
                return false;
        }
    }

    private bool Take()
    {
        Rune.DecodeFromUtf16(text[at..], out var rune, out var consumed);
        at += consumed;
        var kind = Of(rune);
        if (kind == Class.Ignored) return false;
        if (kind == Class.Space) return length > 0;
        Span<Rune> letters = stackalloc Rune[3];
        var count = BaseLetters.Of(rune, letters);
        if (count == 0) return false;
        if (kind == Class.Chinese) return Alone(letters[0].ToString());
        // A few signs become punctuation without their mark, as "≠" does.
        if (count == 1 && Of(letters[0]) == Class.Punctuation) return Alone(letters[0].ToString());
        Span<char> units = stackalloc char[2];
        foreach (var letter in letters[..count])
        {
            foreach (var unit in units[..Rune.ToLowerInvariant(letter).EncodeToUtf16(units)]) Append(unit);
        }
        return false;
    }

    private bool Alone(string mark)
    {
        waiting = mark;
        return true;
    }

    private void Append(char unit)
    {
        if (length == word.Length) Array.Resize(ref word, 2 * length);
        word[length++] = unit;
    }

    private static Class Of(Rune rune)
    {
        var value = rune.Value;
        if (value is '\t' or '\n' or '\r') return Class.Space;
        if (value is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126)) return Class.Punctuation;
        if (value == 0xFFFD) return Class.Ignored;
        if (value is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F) or
            (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B820 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F)) return Class.Chinese;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => Class.Space,
            UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned => Class.Ignored,
            UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or
                UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => Class.Punctuation,
            _ => Class.Letter,
        };
    }
}
