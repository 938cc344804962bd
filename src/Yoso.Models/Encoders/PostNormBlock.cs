// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Models.Attention;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

// Field names are upstream's parameter names, so that its checkpoints can be read.

/// <summary>The two layers of a post-norm block's MLP; upstream numbers them in a sequence with the activation between.</summary>
public sealed class PostNormMlp : nn.Module<Tensor, Tensor>
{
    [TorchSharp.Utils.ComponentName(Name = "0")]
    private readonly LinearLayer first;

    [TorchSharp.Utils.ComponentName(Name = "2")]
    private readonly LinearLayer second;

    public PostNormMlp(LanguageModelOptions options, Seed seed)
        : base(nameof(PostNormMlp))
    {
        first = new LinearLayer(options.Dim, options.HiddenDim, seed.Derive(nameof(first)));
        second = new LinearLayer(options.HiddenDim, options.Dim, seed.Derive(nameof(second)));
        RegisterComponents();
    }

    /// <summary>W₂ GELU(W₁ x): [T, C] to [T, C].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return second.call(CpuGelu.Of(first.call(input))).MoveToOuterDisposeScope();
    }
}

/// <summary>BERT's block: norm(x + drop(attention(x))), then norm(y + drop(mlp(y))). [T, C] to [T, C].</summary>
/// <remarks>Under autocast the products run in bfloat16; attention and norms see float32, as upstream.</remarks>
public sealed class PostNormBlock : nn.Module<Tensor, AttentionContext, Tensor>
{
    private readonly double _dropout;
    private readonly AttentionBlock mha;
    private readonly LayerNormalization norm1;
    private readonly PostNormMlp ff;
    private readonly LayerNormalization norm2;

    /// <param name="first">The first layer, whose attention may share weights with this one's; null in itself.</param>
    public PostNormBlock(LanguageModelOptions options, Seed seed, PostNormBlock? first = null)
        : base(nameof(PostNormBlock))
    {
        _dropout = options.DropoutProbability;
        mha = new AttentionBlock(options.Dim, options.HeadCount, options.HeadDim, options.Attention, options.DropoutProbability, seed.Derive(nameof(mha)), first?.mha);
        norm1 = new LayerNormalization(options.Dim);
        ff = new PostNormMlp(options, seed.Derive(nameof(ff)));
        norm2 = new LayerNormalization(options.Dim);
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Heads(mha.W_q.call(input), input), Heads(mha.W_k.call(input), input), Heads(mha.W_v.call(input), input)); // [T, H, D]
        var heads = mha.attn.call(query, key, value, context);
        var attended = ResidualNorm(mha.ff.call(heads.flatten(1, 2)), input, norm1, context.Seed.Derive("attention-branch"));
        return ResidualNorm(ff.call(attended), attended, norm2, context.Seed.Derive("mlp-branch")).MoveToOuterDisposeScope();
    }

    /// <summary>norm(residual + drop(branch)) in the residual's type. The kernel draws its mask from the seed, torch from its generator.</summary>
    private Tensor ResidualNorm(Tensor branch, Tensor residual, LayerNormalization norm, Seed seed)
    {
        var same = branch.to_type(residual.dtype);
        return CpuResidualNorm.Serves(same, residual, norm)
            ? CpuResidualNorm.Apply(same, residual, norm, training ? _dropout : 0, seed)
            : norm.call(residual + nn.functional.dropout(same, _dropout, training));
    }

    /// <summary>[T, H·D] to [T, H, D] in the type of the block's input.</summary>
    private Tensor Heads(Tensor projected, Tensor input) => projected.to_type(input.dtype).view(projected.shape[0], mha.HeadCount, projected.shape[1] / mha.HeadCount);
}

/// <summary>The stack of blocks.</summary>
public sealed class Backbone : nn.Module<Tensor, PackedTokens, Seed, Tensor>
{
    private readonly int _layers;
    private readonly ModuleList<PostNormBlock>? encoders;
    private readonly PostNormBlock? encoder;

    public Backbone(LanguageModelOptions options, Seed seed)
        : base(nameof(Backbone))
    {
        _layers = options.LayerCount;
        if (options.SharedWeights)
        {
            encoder = new PostNormBlock(options, seed.Derive(nameof(encoder)));
        }
        else
        {
            var blocks = new List<PostNormBlock>();
            for (var i = 0; i < _layers; i++)
            {
                blocks.Add(new PostNormBlock(options, seed.Derive(nameof(encoders)).Derive(i), blocks.FirstOrDefault()));
            }

            encoders = nn.ModuleList([.. blocks]);
        }

        RegisterComponents();
    }

    /// <param name="input">[T, C].</param>
    /// <param name="seed">Of this forward pass; layer i hashes with seed.Derive(i).</param>
    public override Tensor forward(Tensor input, PackedTokens tokens, Seed seed)
    {
        using var scope = NewDisposeScope();
        var hidden = input;
        for (var layer = 0; layer < _layers; layer++)
        {
            var context = new AttentionContext(tokens.Offsets, tokens.PositionIds, tokens.PaddedLength, seed.Derive(layer), training);
            hidden = (encoder ?? encoders![layer]).call(hidden, context);
        }

        return hidden.MoveToOuterDisposeScope();
    }
}

/// <summary>Upstream's shell around the backbone: one more level in the parameter names.</summary>
public sealed class BackboneShell : nn.Module<Tensor, PackedTokens, Seed, Tensor>
{
    private readonly Backbone backbone;

    public BackboneShell(LanguageModelOptions options, Seed seed)
        : base(nameof(BackboneShell))
    {
        backbone = new Backbone(options, seed.Derive(nameof(backbone)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor input, PackedTokens tokens, Seed seed) => backbone.call(input, tokens, seed);
}
