// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

// Field names are upstream's parameter names, so that its checkpoints can be read.

/// <summary>The projections around an attention mechanism.</summary>
public sealed class AttentionBlock : nn.Module
{
    public readonly LinearLayer W_q;
    public readonly LinearLayer W_k;
    public readonly LinearLayer W_v;
    public readonly AttentionMechanism attn;
    public readonly LinearLayer ff;

    /// <param name="first">That of the first layer, whose attention may share weights with this one's; null in the first layer.</param>
    public AttentionBlock(LraClassifierOptions options, Seed seed, AttentionBlock? first = null)
        : this(options.Dim, options.HeadCount, options.HeadDim, options.Attention, options.DropoutProbability, seed, first)
    {
    }

    public AttentionBlock(int dim, int headCount, int headDim, AttentionOptions attention, double dropoutProbability, Seed seed, AttentionBlock? first = null)
        : base(nameof(AttentionBlock))
    {
        HeadCount = headCount;
        var width = headCount * headDim;
        W_q = new LinearLayer(dim, width, seed.Derive(nameof(W_q)));
        W_k = new LinearLayer(dim, width, seed.Derive(nameof(W_k)));
        W_v = new LinearLayer(dim, width, seed.Derive(nameof(W_v)));
        attn = AttentionMechanism.Create(attention, headCount, dropoutProbability, seed.Derive(nameof(attn)), first?.attn);
        ff = new LinearLayer(width, dim, seed.Derive(nameof(ff)));
        RegisterComponents();
    }

    internal int HeadCount { get; }
}

/// <summary>The two layers of the MLP; upstream numbers them in a sequence with activation and dropout between.</summary>
public sealed class MlpBlock : nn.Module
{
    [TorchSharp.Utils.ComponentName(Name = "0")]
    public readonly LinearLayer first;

    [TorchSharp.Utils.ComponentName(Name = "3")]
    public readonly LinearLayer second;

    public MlpBlock(LraClassifierOptions options, Seed seed)
        : base(nameof(MlpBlock))
    {
        first = new LinearLayer(options.Dim, options.HiddenDim, seed.Derive(nameof(first)));
        second = new LinearLayer(options.HiddenDim, options.Dim, seed.Derive(nameof(second)));
        RegisterComponents();
    }
}

/// <summary>Pre-norm transformer block: x + drop(attention(norm x)), then x + mlp(norm x). [T, C] to [T, C].</summary>
public sealed class EncoderBlock : nn.Module<Tensor, AttentionContext, Tensor>
{
    private readonly double _dropout;
    private readonly int[] _widths;
    private readonly LayerNormalization norm1;
    private readonly AttentionBlock mha;
    private readonly LayerNormalization norm2;
    private readonly MlpBlock mlpblock;

    /// <param name="first">The first layer; null in itself.</param>
    public EncoderBlock(LraClassifierOptions options, Seed seed, EncoderBlock? first = null)
        : base(nameof(EncoderBlock))
    {
        _dropout = options.DropoutProbability;
        _widths = [options.Dim, options.HiddenDim, options.HeadCount * options.HeadDim];
        norm1 = new LayerNormalization(options.Dim);
        mha = new AttentionBlock(options, seed.Derive(nameof(mha)), first?.mha);
        norm2 = new LayerNormalization(options.Dim);
        mlpblock = new MlpBlock(options, seed.Derive(nameof(mlpblock)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        // The fused kernels draw dropout from the layer's seed; the reference draws it from torch's generator.
        var fused = input.shape[0] > 0 && CpuTensors.Fit(input) && CpuTensors.Fit(_widths);
        var dropout = training ? _dropout : 0;
        var (query, key, value) = fused ? CpuNormProjection.Apply(input, norm1, mha) : BlockFunctions.NormProjection(input, norm1, mha);
        var heads = mha.attn.call(query, key, value, context);
        var attended = fused
            ? CpuProjectionResidual.Apply(heads, input, mha.ff, dropout, context.Seed.Derive("projection-dropout"))
            : BlockFunctions.ProjectionResidual(heads, input, mha.ff, _dropout, training);
        var output = fused
            ? CpuFeedForward.Apply(attended, norm2, mlpblock, dropout, context.Seed.Derive("mlp-dropout"))
            : BlockFunctions.MlpResidual(attended, norm2, mlpblock, _dropout, training);
        return output.MoveToOuterDisposeScope();
    }
}
