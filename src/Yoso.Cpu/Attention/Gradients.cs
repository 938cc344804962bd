// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Attention;

/// <summary>
/// Where a work item sums its gradients: in the caller's tensors when the head needs no padding, else in scratch that
/// <see cref="Finish"/> copies.
/// </summary>
internal readonly unsafe struct Gradients
{
    private readonly int _length;
    private readonly int _width;

    internal Gradients(in WeightedItem item, int width, Scratch scratch, bool withValue = true)
    {
        (_length, _width) = (item.Length, width);
        Query = Place(item.QueryGradient, item.HeadDim, scratch);
        Key = Place(item.KeyGradient, item.HeadDim, scratch);
        Value = withValue ? Place(item.ValueGradient, item.HeadDim, scratch) : item.ValueGradient;
    }

    internal HeadRows Query { get; }

    internal HeadRows Key { get; }

    internal HeadRows Value { get; }

    internal void Finish(in WeightedItem item)
    {
        Copy(Query, item.QueryGradient, item.Length, item.HeadDim);
        Copy(Key, item.KeyGradient, item.Length, item.HeadDim);
        Copy(Value, item.ValueGradient, item.Length, item.HeadDim);
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

    private HeadRows Place(HeadRows target, int headDim, Scratch scratch) =>
        headDim == _width ? target : new HeadRows(scratch.Take<float>((long)_length * _width), _width);

    private static void Copy(HeadRows from, HeadRows to, int length, int headDim)
    {
        for (var i = 0; from.Data != to.Data && i < length; i++)
        {
            new ReadOnlySpan<float>(from[i], headDim).CopyTo(new Span<float>(to[i], headDim));
        }
    }
}
