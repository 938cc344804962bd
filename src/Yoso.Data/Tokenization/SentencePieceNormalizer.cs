// SPDX-License-Identifier: MIT
using System.Buffers.Binary;

namespace Yoso.Data.Tokenization;

/// <summary>Applies the character rules of a sentencepiece model (NFKC with case folding in ours) and its handling of white space.</summary>
internal sealed class SentencePieceNormalizer
{
    private static readonly byte[] Space = " "u8.ToArray();
    private static readonly byte[] Meta = "▁"u8.ToArray();
    private readonly DoubleArray rules;
    private readonly byte[] replacements;
    private readonly SentencePieceModel model;
    private readonly PieceTrie userDefined;

    /// <exception cref="DataFormatException">The rules do not hold together.</exception>
    internal SentencePieceNormalizer(SentencePieceModel model, PieceTrie userDefined, string path)
    {
        (this.model, this.userDefined) = (model, userDefined);
        var map = model.Charsmap;
        if (map.Length == 0)
        {
            (rules, replacements) = (new DoubleArray([]), []);
            return;
        }
        var size = map.Length < 4 ? uint.MaxValue : BinaryPrimitives.ReadUInt32LittleEndian(map);
        if (size % 4 != 0 || size > map.Length - 4) throw new DataFormatException($"{path} has damaged normalisation rules; get the model again");
        rules = new DoubleArray(map.AsSpan(4, (int)size));
        replacements = map[(4 + (int)size)..];
    }

    /// <summary>Appends the normalised UTF-8 of well-formed UTF-8.</summary>
    internal void Normalize(ReadOnlySpan<byte> text, List<byte> output)
    {
        if (model.RemoveExtraWhitespaces)
        {
            while (!text.IsEmpty && Next(text, out var consumed).SequenceEqual(Space)) text = text[consumed..];
        }
        if (text.IsEmpty) return;
        var space = model.EscapeWhitespaces ? Meta : Space;
        var start = output.Count;
        if (model.AddDummyPrefix) output.AddRange(space);
        var afterSpace = model.RemoveExtraWhitespaces;
        while (!text.IsEmpty)
        {
            var piece = Next(text, out var consumed);
            text = text[consumed..];
            while (afterSpace && piece.StartsWith(Space)) piece = piece[1..];
            foreach (var b in piece)
            {
                if (b == ' ') output.AddRange(space);
                else output.Add(b);
            }
            if (!piece.IsEmpty) afterSpace = piece[^1] == ' ';
            if (!model.RemoveExtraWhitespaces) afterSpace = false;
        }
        if (model.RemoveExtraWhitespaces) TrimEnd(output, start, space);
    }

    private static void TrimEnd(List<byte> output, int start, byte[] space)
    {
        while (output.Count - start >= space.Length &&
            System.Runtime.InteropServices.CollectionsMarshal.AsSpan(output)[^space.Length..].SequenceEqual(space))
        {
            output.RemoveRange(output.Count - space.Length, space.Length);
        }
    }

    /// <summary>What the start of the text becomes, and how much of it that is: a user-defined piece as it stands, a rule, or one character.</summary>
    private ReadOnlySpan<byte> Next(ReadOnlySpan<byte> text, out int consumed)
    {
        consumed = userDefined.LongestPrefix(text);
        if (consumed > 0) return text[..consumed];
        var (length, at) = rules.Longest(text);
        if (length == 0)
        {
            consumed = Utf8.CharacterLength(text);
            return text[..consumed];
        }
        consumed = length;
        var rest = at < replacements.Length ? replacements.AsSpan(at) : [];
        var end = rest.IndexOf((byte)0);
        return end < 0 ? rest : rest[..end];
    }
}
