// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>
/// A ragged batch: the tokens of all sequences one after another, T tokens of H heads of D values. A work item is one
/// (sequence, head); item = sequence * H + head.
/// </summary>
public sealed class PackedShape
{
    /// <summary>Widest head that the kernels take.</summary>
    public const int MaxHeadDim = 256;

    private readonly int[] _offsets;

    /// <param name="offsets">First token of every sequence, then T; never decreasing, from 0. Empty sequences are allowed.</param>
    /// <param name="heads">H, from 1.</param>
    /// <param name="headDim">D, 1 to 256.</param>
    /// <exception cref="ArgumentException">An argument is out of range; the message names it with its value.</exception>
    public PackedShape(ReadOnlySpan<int> offsets, int heads, int headDim)
    {
        if (offsets.Length < 1 || offsets[0] != 0)
        {
            throw new ArgumentException($"Sequence offsets must begin with 0 and end with the token count; got [{string.Join(", ", offsets.ToArray())}].");
        }

        if (heads < 1 || headDim < 1 || headDim > MaxHeadDim)
        {
            throw new ArgumentException($"Heads must be at least 1 and head dimension 1 to {MaxHeadDim}; got {heads} heads of {headDim}.");
        }

        for (var s = 1; s < offsets.Length; s++)
        {
            if (offsets[s] < offsets[s - 1])
            {
                throw new ArgumentException($"Sequence offsets must not decrease; offset {s} is {offsets[s]} after {offsets[s - 1]}.");
            }
        }

        _offsets = offsets.ToArray();
        Heads = heads;
        HeadDim = headDim;
        Order = LongestFirst();
    }

    public int Sequences => _offsets.Length - 1;

    public int Heads { get; }

    public int HeadDim { get; }

    public int Tokens => _offsets[^1];

    public int Items => Sequences * Heads;

    /// <summary>Items in the order in which threads take them: long sequences first, so that none is left for the end.</summary>
    internal int[] Order { get; }

    public override string ToString() => $"[{Tokens} tokens in {Sequences} sequences, {Heads} heads, {HeadDim}]";

    internal int FirstToken(int item) => _offsets[item / Heads];

    internal int Length(int item) => _offsets[(item / Heads) + 1] - _offsets[item / Heads];

    internal bool SameAs(PackedShape other) =>
        ReferenceEquals(this, other) || (Heads == other.Heads && _offsets.AsSpan().SequenceEqual(other._offsets));

    private int[] LongestFirst()
    {
        var order = new int[Items];
        var keys = new long[Items];
        for (var item = 0; item < order.Length; item++)
        {
            order[item] = item;
            keys[item] = ((long)-Length(item) << 31) + item; // ties by number, so that the order is one and the same
        }

        Array.Sort(keys, order);
        return order;
    }
}
