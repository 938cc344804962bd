// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>
/// The "-C" of YOSO-C: one filter a head over the values of neighbouring positions, without bias, added to what attention gives.
/// Positions are those of the padded sequence: a position without a token counts as a zero value, as upstream.
/// </summary>
public sealed class DepthwiseConvolution : nn.Module<Tensor, Tensor, AttentionContext, Tensor>
{
    /// <summary>[H, 1, window, 1], the layout of a Conv2d with a group a head.</summary>
    public readonly Parameter weight;

    public DepthwiseConvolution(int headCount, int window, Seed seed)
        : base(nameof(DepthwiseConvolution))
    {
        weight = Weights.Zeros(headCount, 1, window, 1);
        Weights.FillUniform(weight, window, seed.Derive(nameof(weight)));
        RegisterComponents();
    }

    /// <param name="sum">[T, H, D], what the convolution is added to.</param>
    /// <param name="value">[T, H, D].</param>
    /// <returns>[T, H, D].</returns>
    public override Tensor forward(Tensor sum, Tensor value, AttentionContext context) =>
        CpuTensors.FitHeads(value) && CpuTensors.Fit(sum) ? CpuConvolution.Apply(context, sum, value, weight) : sum + Reference(value, context);

    /// <summary>The convolution alone in TorchSharp operations, on the padded sequences.</summary>
    internal Tensor Reference(Tensor value, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var shape = value.shape;
        long sequences = context.Offsets.Count, heads = shape[1], length = context.PaddedLength;
        var rows = context.Offsets.RowSequences(value.device).Times(length) + context.PositionIds; // [T]
        // B sequences, L padded positions
        var padded = zeros([sequences * length, heads, shape[2]], value.dtype, value.device).index_copy(0, rows, value);
        var grid = padded.view(sequences, length, heads, shape[2]).transpose(1, 2); // [B, H, L, D]
        var mixed = nn.functional.conv2d(grid, weight, padding: [weight.shape[2] / 2, 0], groups: heads);
        return mixed.transpose(1, 2).reshape(sequences * length, heads, shape[2]).index_select(0, rows).MoveToOuterDisposeScope();
    }
}
