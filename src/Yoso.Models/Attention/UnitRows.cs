// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>l2 normalisation of the last dimension in which a zero row stays zero and has a zero gradient.</summary>
internal static class UnitRows
{
    /// <summary>[.., D] to rows of length 1. A row whose squares vanish in float32 (norm below about 1e-23) counts as zero.</summary>
    public static Tensor Normalize(Tensor x, Encoders.SequenceOffsets offsets) =>
        CpuTensors.FitHeads(x) ? CpuUnitRows.Apply(offsets, x) : Normalize(x);

    /// <summary>The reference in TorchSharp operations.</summary>
    public static Tensor Normalize(Tensor x)
    {
        using var scope = NewDisposeScope();
        var square = (x * x).sum(-1, keepdim: true);
        // The root of the replaced zeros is never used: without it their derivative is 0 * infinity.
        var isZero = square.eq(0);
        var inverse = square.masked_fill(isZero, 1).rsqrt().masked_fill(isZero, 0);
        return (x * inverse).MoveToOuterDisposeScope();
    }
}
