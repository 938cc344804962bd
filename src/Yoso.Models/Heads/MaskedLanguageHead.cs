// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Heads;

/// <summary>x W' + b with the token table as W: one parameter in two places, stepped once by an optimizer, stored under both names as upstream.</summary>
public sealed class TiedDecoder : nn.Module<Tensor, Tensor>
{
    // A function, since a move to another device replaces the table's parameter object.
    private readonly Func<Parameter> _table;

    /// <summary>[vocabulary].</summary>
    public readonly Parameter bias;

    /// <param name="table">The token table, [vocabulary, embedding].</param>
    public TiedDecoder(Func<Parameter> table, LanguageModelOptions options, Seed seed)
        : base(nameof(TiedDecoder))
    {
        _table = table;
        bias = Weights.Zeros(options.VocabularySize);
        Weights.FillUniform(bias, options.EmbeddingDim, seed.Derive(nameof(bias)));
        RegisterComponents();
    }

    /// <summary>[M, E] to [M, vocabulary].</summary>
    public override Tensor forward(Tensor input)
    {
        var weight = _table();
        return CpuLinear.Serves(input, weight) ? CpuLinear.Apply(default, input, weight, bias) : nn.functional.linear(input, weight, bias);
    }

    public override Dictionary<string, Tensor> state_dict(Dictionary<string, Tensor>? destination = null, string? prefix = null)
    {
        destination = base.state_dict(destination, prefix);
        destination[string.IsNullOrEmpty(prefix) ? "weight" : prefix + ".weight"] = _table();
        return destination;
    }
}

/// <summary>Token scores: dense, GELU, norm, decoder tied to the token table.</summary>
public sealed class MaskedLanguageHead : nn.Module<Tensor, Tensor>
{
    private readonly LinearLayer dense;
    private readonly LayerNormalization norm;
    private readonly TiedDecoder mlm_class;

    public MaskedLanguageHead(LanguageModelOptions options, Func<Parameter> table, Seed seed)
        : base(nameof(MaskedLanguageHead))
    {
        dense = new LinearLayer(options.Dim, options.EmbeddingDim, seed.Derive(nameof(dense)));
        norm = new LayerNormalization(options.EmbeddingDim);
        mlm_class = new TiedDecoder(table, options, seed.Derive(nameof(mlm_class)));
        RegisterComponents();
    }

    /// <summary>[M, C] to logits [M, vocabulary] in the input's type.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = norm.call(CpuGelu.Of(dense.call(input)).to_type(input.dtype));
        return mlm_class.call(hidden).to_type(input.dtype).MoveToOuterDisposeScope();
    }
}
