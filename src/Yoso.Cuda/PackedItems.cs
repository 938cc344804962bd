// SPDX-License-Identifier: MIT
using System.Numerics;

namespace Yoso.Cuda;

/// <summary>
/// A ragged batch: the tokens of all sequences one after another, T tokens of H heads of D values, on the device in rows of
/// <see cref="Width"/> floats with zeros behind the D values. A work item is one (sequence, head); item = sequence * H + head.
/// </summary>
public sealed class PackedItems
{
    /// <summary>Widest head that the kernels take.</summary>
    public const int MaxHeadDim = 256;

    /// <summary>Longest sequence: token numbers within a sequence have 16 bits.</summary>
    public const int MaxLength = 65_535;

    private readonly int[] _offsets;

    /// <param name="offsets">First token of every sequence, then T; never decreasing, from 0. Empty sequences are allowed.</param>
    /// <param name="heads">H, from 1.</param>
    /// <param name="headDim">D, 1 to 256.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message names it with its value.</exception>
    public PackedItems(ReadOnlySpan<int> offsets, int heads, int headDim)
    {
        if (offsets.Length < 1 || offsets[0] != 0)
        {
            throw new ArgumentException($"sequence offsets begin with 0 and end with the token count; got {offsets.Length} of them, the first {(offsets.Length < 1 ? "missing" : offsets[0])}");
        }

        if (heads < 1 || headDim is < 1 or > MaxHeadDim)
        {
            throw new ArgumentException($"the CUDA kernels take 1 head or more and a head dimension of 1 to {MaxHeadDim}; got {heads} heads of {headDim}");
        }

        for (var s = 1; s < offsets.Length; s++)
        {
            var length = (long)offsets[s] - offsets[s - 1];
            if (length is < 0 or > MaxLength)
            {
                throw new ArgumentException(length < 0
                    ? $"sequence offsets must not decrease; offset {s} is {offsets[s]} after {offsets[s - 1]}"
                    : $"the CUDA kernels take sequences of up to {MaxLength} tokens; sequence {s - 1} has {length}");
            }
        }

        (_offsets, Heads, HeadDim) = (offsets.ToArray(), heads, headDim);
    }

    public int Sequences => _offsets.Length - 1;

    public int Heads { get; }

    public int HeadDim { get; }

    public int Tokens => _offsets[^1];

    public int Items => Sequences * Heads;

    /// <summary>Floats of a row on the device: the power of two from the head dimension up, at least 32.</summary>
    public int Width => WidthOf(HeadDim);

    public static int WidthOf(int headDim) => Math.Max(32, (int)BitOperations.RoundUpToPowerOf2((uint)headDim));

    public override string ToString() => $"[{Tokens} tokens in {Sequences} sequences, {Heads} heads, {HeadDim}]";

    internal int Length(int item) => _offsets[(item / Heads) + 1] - _offsets[item / Heads];
}
