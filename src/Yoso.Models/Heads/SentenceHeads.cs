// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Heads;

/// <summary>The sentence heads of upstream's two classifiers.</summary>
public static class SentenceHeads
{
    private const double StandardDeviation = 0.02;

    /// <summary>BERT's: one linear layer on the pooled vector, weight N(0, 0.02²), bias 0; the same in pre-training (sentence order) and fine-tuning.</summary>
    public static LinearLayer Pooled(LanguageModelOptions options, int classCount, Seed seed)
    {
        var layer = new LinearLayer(options.EmbeddingDim, classCount, seed);
        Weights.FillNormal(layer.weight, StandardDeviation, seed.Derive("normal"));
        using var ungraded = no_grad();
        layer.bias.zero_();
        return layer;
    }
}

/// <summary>RoBERTa's sentence head on the first token: dropout, dense, tanh, dropout, linear.</summary>
public sealed class FirstTokenHead : nn.Module<Tensor, Tensor>
{
    private readonly double _dropout;
    private readonly LinearLayer dense;
    private readonly LinearLayer classifer;

    public FirstTokenHead(LanguageModelOptions options, int classCount, Seed seed)
        : base(nameof(FirstTokenHead))
    {
        _dropout = options.DropoutProbability;
        dense = new LinearLayer(options.Dim, options.Dim, seed.Derive(nameof(dense)));
        classifer = new LinearLayer(options.Dim, classCount, seed.Derive(nameof(classifer)));
        RegisterComponents();
    }

    /// <summary>[B, C] to [B, classes].</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var hidden = dense.call(nn.functional.dropout(input, _dropout, training)).tanh();
        return classifer.call(nn.functional.dropout(hidden, _dropout, training)).to_type(input.dtype).MoveToOuterDisposeScope();
    }
}
