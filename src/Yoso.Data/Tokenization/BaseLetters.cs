// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Data.Tokenization;

/// <summary>What BERT's accent stripping leaves of a character: its canonical decomposition without nonspacing marks.</summary>
/// <remarks>From a table of ours: string.Normalize changes nothing in programs with invariant globalization, which this one is.</remarks>
internal static class BaseLetters
{
    private const int HangulBase = 0xAC00, HangulCount = 11172, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7, Vowels = 21, Tails = 28;
    private static readonly Dictionary<int, Rune[]> Table = Load();

    /// <summary>Writes at most three characters.</summary>
    internal static int Of(Rune rune, Span<Rune> letters)
    {
        var value = rune.Value;
        letters[0] = rune;
        if (value < 128) return 1;
        if (value is >= HangulBase and < HangulBase + HangulCount) return Hangul(value - HangulBase, letters);
        if (Table.TryGetValue(value, out var known))
        {
            known.CopyTo(letters);
            return known.Length;
        }
        return Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? 0 : 1;
    }

    private static int Hangul(int syllable, Span<Rune> letters)
    {
        letters[0] = new Rune(LeadBase + (syllable / (Vowels * Tails)));
        letters[1] = new Rune(VowelBase + (syllable % (Vowels * Tails) / Tails));
        letters[2] = new Rune(TailBase + (syllable % Tails));
        return syllable % Tails == 0 ? 2 : 3;
    }

    private static Dictionary<int, Rune[]> Load()
    {
        using var reader = new StreamReader(typeof(BaseLetters).Assembly.GetManifestResourceStream("Yoso.Data.Tokenization.base-letters.txt")!);
        var table = new Dictionary<int, Rune[]>(2100);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith('#')) continue;
            var numbers = line.Split(' ').Select(part => int.Parse(part, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            table[numbers[0]] = [.. numbers.Skip(1).Select(number => new Rune(number))];
        }
        return table;
    }
}
