// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles;

/// <summary>A tensor that a file holds; <see cref="WeightFile.Read"/> gives its values.</summary>
public sealed class WeightEntry
{
    internal WeightEntry(string name, ElementType type, long[] shape, StoredValues values, long offset, long[] strides) =>
        (Name, Type, Shape, Values, Offset, Strides) = (name, type, shape, values, offset, strides);

    /// <summary>As in the file.</summary>
    public string Name { get; }

    public ElementType Type { get; }

    public IReadOnlyList<long> Shape { get; }

    /// <summary>The values that this tensor shows, perhaps with other tensors.</summary>
    internal StoredValues Values { get; }

    /// <summary>Of the first element, in elements.</summary>
    internal long Offset { get; }

    internal long[] Strides { get; }

    internal long Count => Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Elements from the first to the last one shown.</summary>
    internal long Extent => Count == 0 ? 0 : 1 + Shape.Select((size, i) => (size - 1) * Strides[i]).Sum();

    /// <summary>Strides of values that lie row by row.</summary>
    internal static long[] RowMajor(long[] shape)
    {
        var strides = new long[shape.Length];
        for (long i = shape.Length - 1, stride = 1; i >= 0; stride *= Math.Max(1, shape[i]), i--) strides[i] = stride;
        return strides;
    }
}

/// <summary>A run of values in a file.</summary>
/// <param name="Open">A stream that stands at the first byte.</param>
internal sealed record StoredValues(string Key, Func<Stream> Open, long Bytes);
