// SPDX-License-Identifier: MIT
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Linear attention (Katharopoulos et al., ICML 2020, section 3.2) as upstream computes it.</summary>
public sealed record LinearOptions : AttentionOptions
{
    public override IEnumerable<string> Problems() => [];
}

/// <summary>φ(q) (φ(k)' v) / √n with φ = elu + 1: the product from the right needs no n x n weights. O(n d²) time, O(n d) memory.</summary>
/// <remarks>The paper divides by the sum of the weights; upstream divides by the root of the padded length n instead, which is done here.</remarks>
public sealed class LinearAttention() : AttentionMechanism(nameof(LinearAttention))
{
    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        using var scope = NewDisposeScope();
        var grid = SequenceGrid.Compact(context, query.device);
        var scale = Math.Pow(context.PaddedLength, -0.25);
        var (q, k) = (grid.Pad(Features(query) * scale), grid.Pad(Features(key) * scale)); // [B, H, N, D]
        var sums = k.transpose(-2, -1).matmul(grid.Pad(value)); // [B, H, D, D]
        return grid.Unpad(q.matmul(sums)).MoveToOuterDisposeScope(); // [T, H, D]
    }

    private static Tensor Features(Tensor x) => nn.functional.elu(x, 1).Plus(1);
}
