// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

internal static class Utf8
{
    /// <summary>Bytes of the first character of well-formed UTF-8, never more than there are.</summary>
    internal static int CharacterLength(ReadOnlySpan<byte> text) =>
        Math.Min(text.Length, text[0] switch { < 0xC0 => 1, < 0xE0 => 2, < 0xF0 => 3, _ => 4 });
}
