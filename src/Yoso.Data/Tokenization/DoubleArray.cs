// SPDX-License-Identifier: MIT
using System.Buffers.Binary;

namespace Yoso.Data.Tokenization;

/// <summary>Reads a Darts-clone double array, the trie in which sentencepiece keeps its normalisation rules.</summary>
/// <remarks>A unit: bits 0-7 label, bit 8 "a key ends here", bit 9 widens the offset, bits 10-30 offset; bit 31 marks a value.</remarks>
internal sealed class DoubleArray
{
    private readonly uint[] units;

    internal DoubleArray(ReadOnlySpan<byte> littleEndian)
    {
        units = new uint[littleEndian.Length / 4];
        for (var i = 0; i < units.Length; i++) units[i] = BinaryPrimitives.ReadUInt32LittleEndian(littleEndian[(4 * i)..]);
    }

    /// <summary>The longest key that <paramref name="text"/> starts with; length 0 if there is none.</summary>
    internal (int Length, int Value) Longest(ReadOnlySpan<byte> text)
    {
        var best = (Length: 0, Value: 0);
        if (units.Length == 0) return best;
        var node = Offset(units[0]);
        for (var i = 0; i < text.Length; i++)
        {
            node ^= text[i];
            // A damaged array can point anywhere.
            if (node >= units.Length) return best;
            var unit = units[node];
            if ((unit & 0x800000FF) != text[i]) return best;
            node ^= Offset(unit);
            if ((unit & 0x100) == 0) continue;
            if (node >= units.Length) return best;
            best = (i + 1, (int)(units[node] & 0x7FFFFFFF));
        }
        return best;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);
}
