// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>
/// A packed batch as a padded one, [B, H, N, X], for mechanisms that need a common length or neighbours. Differentiable both ways;
/// a place without a token holds zeros. Made inside a dispose scope and valid as long as it.
/// </summary>
/// <remarks>Legend, here and in the mechanisms: T tokens, B sequences, H heads, N places of a row, D head dimension, X any width.</remarks>
internal sealed class SequenceGrid
{
    private readonly Tensor _places;

    private SequenceGrid(Tensor places, long count, long length) => (_places, Count, Length) = (places, count, length);

    /// <summary>Sequences (B).</summary>
    public long Count { get; }

    /// <summary>Places of a sequence (N).</summary>
    public long Length { get; }

    /// <summary>Tokens of a sequence side by side, without the gaps that masked positions leave.</summary>
    /// <param name="multiple">N is a multiple of it and at least the longest sequence.</param>
    public static SequenceGrid Compact(AttentionContext context, Device device, long multiple = 1) =>
        Compact(context, device, multiple, Math.Max(1, (context.Offsets.MaxLength + multiple - 1) / multiple));

    /// <summary>As above with so many multiples.</summary>
    public static SequenceGrid Compact(AttentionContext context, Device device, long multiple, long multiples)
    {
        var (offsets, length) = (context.Offsets, multiple * multiples);
        var places = new long[offsets.Total];
        for (var sequence = 0; sequence < offsets.Count; sequence++)
        {
            for (var i = 0; i < offsets.Length(sequence); i++)
            {
                places[offsets.Start(sequence) + i] = sequence * length + i;
            }
        }

        return new SequenceGrid(tensor(places, device: device), offsets.Count, length);
    }

    /// <summary>Each token at its position in the padded sequence.</summary>
    public static SequenceGrid ByPosition(AttentionContext context, Device device) =>
        new(context.Offsets.RowSequences(device) * context.PaddedLength + context.PositionIds, context.Offsets.Count, context.PaddedLength);

    /// <summary>[T, H, X] to [B, H, N, X].</summary>
    public Tensor Pad(Tensor packed)
    {
        var shape = packed.shape;
        return zeros([Count * Length, shape[1], shape[2]], packed.dtype, packed.device).index_copy(0, _places, packed)
            .view(Count, Length, shape[1], shape[2]).transpose(1, 2);
    }

    /// <summary>[B, H, N, X] to [T, H, X].</summary>
    public Tensor Unpad(Tensor grid)
    {
        var shape = grid.shape;
        return grid.transpose(1, 2).reshape(Count * Length, shape[1], shape[3]).index_select(0, _places);
    }

    /// <summary>One number a token, [T], at its place: [B, N].</summary>
    public Tensor Pad(Tensor numbers, double elsewhere) =>
        full([Count * Length], elsewhere, numbers.dtype, numbers.device).index_copy(0, _places, numbers).view(Count, Length);

    /// <summary>Whether a place has no token: [B, N] bool.</summary>
    public Tensor Empty() => ones([Count * Length], @bool, _places.device).index_fill(0, _places, false).view(Count, Length);

    /// <summary>Tokens of each sequence: [B] int64.</summary>
    public static Tensor Lengths(AttentionContext context, Device device) =>
        tensor(Enumerable.Range(0, context.Offsets.Count).Select(i => (long)context.Offsets.Length(i)).ToArray(), device: device);
}
