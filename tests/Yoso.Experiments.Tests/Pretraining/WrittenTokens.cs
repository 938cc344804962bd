// SPDX-License-Identifier: MIT
using Yoso.Data.Tokenization;
using Yoso.Experiments.Pretraining;

namespace Yoso.Experiments.Tests.Pretraining;

/// <summary>Documents whose tokens tell where they come from: token = 10 + 100 · segment + place, in a vocabulary of 5,000.</summary>
internal sealed class WrittenTokens(params int[][] segmentLengths) : ITokenSource
{
    public static readonly Vocabulary Vocabulary = new(5000, new SpecialTokens(Start: 2, End: 3, Pad: 0, Unknown: 1, Mask: 4));

    public int Count => segmentLengths.Length;

    public int SegmentCount(int item) => segmentLengths[item].Length;

    public ReadOnlySpan<ushort> Segment(int item, int segment) =>
        Enumerable.Range(0, segmentLengths[item][segment]).Select(i => (ushort)(10 + (100 * segment) + i)).ToArray();

    public static int SegmentOf(ushort token) => (token - 10) / 100;
}
