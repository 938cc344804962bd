// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Attention;

/// <summary>
/// Where a work item sums its gradients: in the caller's tensors when the head needs no padding, else in scratch that
/// <see cref="Finish"/> copies.
/// </summary>
internal sealed unsafe class Gradients
{
    private readonly int _length;
    private readonly int _width;
    private readonly Scratch _scratch;

    internal Gradients(in WeightedItem item, int width, Scratch scratch, bool withValue = true)
    {
        (_length, _width, _scratch) = (item.Length, width, scratch);
        Query = Place(item.QueryGradient, item.HeadDim);
        Key = Place(item.KeyGradient, item.HeadDim);
        Value = withValue ? Place(item.ValueGradient, item.HeadDim) : item.ValueGradient;
    }

    internal HeadRows Query { get; private set; }

    internal HeadRows Key { get; private set; }

    internal HeadRows Value { get; private set; }

    internal void Finish(in WeightedItem item)
    {
        Copy(Query, item.QueryGradient, item.Length, item.HeadDim);
        Copy(Key, item.KeyGradient, item.Length, item.HeadDim);
        Copy(Value, item.ValueGradient, item.Length, item.HeadDim);
    }

    /// <summary>
    /// From now on sums in rows that lie next to each other, before anything is summed. In the caller's tensors the rows of all heads lie between those of one, so
    /// that they share few sets of a cache: this pays where rows are added to out of order, many times.
    /// </summary>
    internal void Condense()
    {
        (Query, Key, Value) = (Condensed(Query), Condensed(Key), Condensed(Value));
    }

    /// <summary>Sets all sums to zero; before this they hold whatever the caller's memory held.</summary>
    internal void Clear(bool withValue = true)
    {
        for (var i = 0; i < _length; i++)
        {
            new Span<float>(Query[i], _width).Clear();
            new Span<float>(Key[i], _width).Clear();
            new Span<float>(Value[i], withValue ? _width : 0).Clear();
        }
    }

    private HeadRows Place(HeadRows target, int headDim) => headDim == _width ? target : InScratch();

    private HeadRows Condensed(HeadRows rows) => rows.Stride == _width ? rows : InScratch();

    private HeadRows InScratch() => new(_scratch.Take<float>((long)_length * _width), _width);

    private static void Copy(HeadRows from, HeadRows to, int length, int headDim)
    {
        for (var i = 0; from.Data != to.Data && i < length; i++)
        {
            new ReadOnlySpan<float>(from[i], headDim).CopyTo(new Span<float>(to[i], headDim));
        }
    }
}
