// SPDX-License-Identifier: MIT
using System.Numerics;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Hash codes from sign bits of three rounds of (random sign flip, Hadamard transform): the reference.</summary>
/// <remarks>
/// A bit is 1 where the transformed element is greater than 0, so a zero or NaN vector has code 0. The scale of a vector does
/// not matter. O(n m τ log d) by a fast transform; here the transform is a matrix product.
/// </remarks>
internal static class HadamardHash
{
    /// <summary>Elements of an intermediate tensor: 4 Mi, 16 MiB in float32.</summary>
    private const long MaxElements = 1 << 22;

    // T tokens, H heads, D head dimension, P padded dimension, R rotations, G groups of codes, M hashes.

    /// <param name="x">[T, H, D] float32 or float64; the dtype is that of the transform.</param>
    /// <param name="layerSeed">See <see cref="HashSigns"/>.</param>
    /// <returns>[T, H, M] int32, each code below 2^τ.</returns>
    public static Tensor Codes(Tensor x, SequenceOffsets offsets, HashLayout layout, Seed layerSeed)
    {
        using var scope = NewDisposeScope();
        long tokens = x.shape[0], heads = x.shape[1];
        var padded = nn.functional.pad(x, [0, layout.PaddedDim - x.shape[2]]); // [T, H, P]
        var signs = Signs(offsets, layout, layerSeed, (int)heads).to(x.dtype, x.device); // [B, H, R, 3, P]
        var transform = Transform(layout.PaddedDim).to(x.dtype, x.device);
        var sequences = offsets.RowSequences(x.device);
        var rows = Math.Max(1, MaxElements / (heads * layout.Rotations * layout.PaddedDim));
        var parts = new List<Tensor>();
        for (long row = 0; row < tokens; row += rows)
        {
            var count = Math.Min(rows, tokens - row);
            using var part = NewDisposeScope();
            var rotated = padded.narrow(0, row, count).unsqueeze(2); // [T, H, 1, P]
            for (var round = 0; round < HashSigns.Rounds; round++)
            {
                var flips = signs.select(3, round).index_select(0, sequences.narrow(0, row, count)); // [T, H, R, P]
                rotated = (rotated * flips).matmul(transform);
            }

            parts.Add(Assemble(rotated.gt(0), layout).MoveToOuterDisposeScope());
        }

        return (tokens == 0 ? zeros([0, heads, layout.HashCount], int32, x.device) : cat(parts, 0)).MoveToOuterDisposeScope();
    }

    /// <summary>Sign bits [T, H, R, P] to codes [T, H, M].</summary>
    private static Tensor Assemble(Tensor bits, HashLayout layout)
    {
        var shape = bits.shape;
        long tau = layout.HashCodeLength, perGroup = layout.CodesPerGroup;
        var shared = layout.Sampler == HashSampler.Shared;
        var grouped = shared
            ? bits.narrow(3, 0, perGroup * tau).reshape(shape[0], shape[1], shape[2], perGroup, tau) // [T, H, G, P div τ, τ]
            : bits.view(shape[0], shape[1], shape[2] / tau, tau, perGroup).transpose(3, 4); // [T, H, G, P, τ]
        var powers = pow(2, arange(tau, float32, bits.device)); // exact: codes are below 2^16
        return grouped.to_type(float32).matmul(powers).reshape(shape[0], shape[1], -1).narrow(2, 0, layout.HashCount).to_type(int32);
    }

    /// <summary>+1 or -1, [B, H, R, 3, P] float32 on the CPU.</summary>
    private static Tensor Signs(SequenceOffsets offsets, HashLayout layout, Seed layerSeed, int heads)
    {
        var (rotations, dim) = (layout.Rotations, layout.PaddedDim);
        var signs = new float[offsets.Count * heads * rotations * HashSigns.Rounds * dim];
        var next = 0;
        for (var row = 0; row < offsets.Count * heads; row++)
        {
            var seed = HashSigns.HeadSeed(layerSeed, row / heads, row % heads);
            for (var round = 0; round < rotations * HashSigns.Rounds; round++)
            {
                for (var element = 0; element < dim; element++)
                {
                    var word = HashSigns.Word(seed, round / HashSigns.Rounds, round % HashSigns.Rounds, element / 64);
                    signs[next++] = ((word >> (element % 64)) & 1) == 0 ? 1 : -1;
                }
            }
        }

        return tensor(signs, [offsets.Count, heads, rotations, HashSigns.Rounds, dim]);
    }

    /// <summary>The Hadamard matrix in Sylvester's order, [P, P]: entry (i, j) is -1 to the number of common bits of i and j.</summary>
    private static Tensor Transform(int dim)
    {
        var entries = new float[dim * dim];
        for (var i = 0; i < entries.Length; i++)
        {
            // Divided by sqrt(P) so that the rotation keeps norms: three unscaled rounds would overflow for large inputs sooner.
            entries[i] = (float)((BitOperations.PopCount((uint)(i / dim & i % dim)) % 2 == 0 ? 1 : -1) / Math.Sqrt(dim));
        }

        return tensor(entries, [dim, dim]);
    }
}
