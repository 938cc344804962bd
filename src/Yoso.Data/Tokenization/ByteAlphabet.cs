// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

/// <summary>GPT-2's spelling of bytes: printable Latin-1 characters stand for themselves, the other 68 bytes are U+0100 onwards.</summary>
internal static class ByteAlphabet
{
    private static readonly char[] Characters = Make();
    private static readonly Dictionary<char, byte> Bytes = Enumerable.Range(0, 256).ToDictionary(b => Characters[b], b => (byte)b);

    internal static char Character(byte value) => Characters[value];

    /// <summary>The byte, or null for a character outside the alphabet.</summary>
    internal static byte? Byte(char character) => Bytes.TryGetValue(character, out var value) ? value : null;

    private static char[] Make()
    {
        var characters = new char[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
        {
            var printable = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[b] = (char)(printable ? b : next++);
        }
        return characters;
    }
}
