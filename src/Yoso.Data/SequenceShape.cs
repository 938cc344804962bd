// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Data;

/// <summary>What all examples of a data set share.</summary>
/// <param name="SequencesPerExample">1, or 2 where an example is a pair (Retrieval).</param>
/// <param name="PaddedLength">Longest sequence a model sees, padding included; the stored sequences are not padded.</param>
/// <param name="VocabularySize">Rows of the embedding table; ids lie below it, 0 is padding.</param>
/// <param name="ClassCount">Labels are 0 .. ClassCount - 1.</param>
public sealed record SequenceShape(int SequencesPerExample, int PaddedLength, int VocabularySize, int ClassCount)
{
    /// <summary>Problems in words; empty where the shape can be stored.</summary>
    public IEnumerable<string> Problems()
    {
        if (SequencesPerExample is < 1 or > 16) yield return Out(nameof(SequencesPerExample), SequencesPerExample, 1, 16);
        if (PaddedLength is < 1 or > 1 << 24) yield return Out(nameof(PaddedLength), PaddedLength, 1, 1 << 24);
        if (VocabularySize is < 1 or > 65536) yield return Out(nameof(VocabularySize), VocabularySize, 1, 65536);
        if (ClassCount is < 1 or > 65536) yield return Out(nameof(ClassCount), ClassCount, 1, 65536);
    }

    internal void Check()
    {
        if (Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
    }

    /// <summary>The rules every example keeps, checked once when it is stored.</summary>
    internal void CheckExample(int label, ReadOnlySpan<ushort> ids)
    {
        if ((uint)label >= (uint)ClassCount) throw new ArgumentException(Out("label", label, 0, ClassCount - 1));
        if (ids.Length > PaddedLength) throw new ArgumentException(Out("sequence length", ids.Length, 0, PaddedLength));
        foreach (var id in ids)
        {
            if (id >= VocabularySize) throw new ArgumentException(Out("id", id, 0, VocabularySize - 1));
        }
    }

    private static string Out(string what, int value, int low, int high) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} is {value}, allowed: {low} to {high}");
}
