// SPDX-License-Identifier: MIT
namespace Yoso.Cpu;

/// <summary>
/// A float tensor [T, H, D] in memory that the caller keeps alive: element (t, h, c) is at Data[t * RowStride + h * D + c].
/// A slice of a fused [T, 3 * H * D] projection is used without a copy by its stride.
/// </summary>
public readonly unsafe struct HeadTensor(float* data, long rowStride)
{
    public float* Data { get; } = data;

    /// <summary>Floats from one token to the next, at least H * D.</summary>
    public long RowStride { get; } = rowStride;

    /// <summary>The first row of one work item.</summary>
    internal HeadRows Item(PackedShape shape, int item) =>
        new(Data + (shape.FirstToken(item) * RowStride) + ((long)(item % shape.Heads) * shape.HeadDim), RowStride);

    internal void Check(PackedShape shape, string name)
    {
        if (Data is null && shape.Tokens > 0)
        {
            throw new ArgumentException($"{name} of {shape} has no data.");
        }

        if (RowStride < (long)shape.Heads * shape.HeadDim)
        {
            throw new ArgumentException($"{name} of {shape} needs a row stride of at least {(long)shape.Heads * shape.HeadDim} floats; got {RowStride}.");
        }
    }
}

/// <summary>The rows of one sequence and head: row t at Data + t * Stride.</summary>
internal readonly unsafe struct HeadRows(float* data, long stride)
{
    public float* Data { get; } = data;

    public long Stride { get; } = stride;

    public float* this[int token] => Data + (token * Stride);

    /// <summary>The same rows from a later token on.</summary>
    public HeadRows From(int token) => new(this[token], Stride);
}
