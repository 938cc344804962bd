// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Attention;

/// <summary>
/// Where a work item sums its gradients: in the caller's tensors when the head needs no padding, else in scratch that
/// <see cref="Finish"/> copies.
/// </summary>
internal readonly unsafe struct Gradients
{
    internal Gradients(in WeightedItem item, int width, Scratch scratch, bool withValue = true)
    {
        Query = Zeroed(item.QueryGradient, item.Length, item.HeadDim, width, scratch);
        Key = Zeroed(item.KeyGradient, item.Length, item.HeadDim, width, scratch);
        Value = withValue ? Zeroed(item.ValueGradient, item.Length, item.HeadDim, width, scratch) : item.ValueGradient;
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

    private static HeadRows Zeroed(HeadRows target, int length, int headDim, int width, Scratch scratch)
    {
        if (headDim != width)
        {
            return new HeadRows(scratch.TakeZeroed<float>((long)length * width), width);
        }

        for (var i = 0; i < length; i++)
        {
            new Span<float>(target[i], headDim).Clear();
        }

        return target;
    }

    private static void Copy(HeadRows from, HeadRows to, int length, int headDim)
    {
        for (var i = 0; from.Data != to.Data && i < length; i++)
        {
            new ReadOnlySpan<float>(from[i], headDim).CopyTo(new Span<float>(to[i], headDim));
        }
    }
}
