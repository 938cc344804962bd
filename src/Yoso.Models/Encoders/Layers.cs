// SPDX-License-Identifier: MIT
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>x W' + b with PyTorch's default initialisation.</summary>
/// <remarks>
/// These three layers replace TorchSharp's own: its LayerNorm frees weights from the finalizer while others may still hold
/// them, its Embedding hands out a new parameter object at each access, and all draw their weights from the global generator.
/// </remarks>
public sealed class LinearLayer : nn.Module<Tensor, Tensor>
{
    /// <summary>[out, in].</summary>
    public readonly Parameter weight;

    /// <summary>[out].</summary>
    public readonly Parameter bias;

    public LinearLayer(int inputs, int outputs, Seed seed)
        : base(nameof(LinearLayer))
    {
        weight = Weights.Zeros(outputs, inputs);
        bias = Weights.Zeros(outputs);
        Weights.FillUniform(weight, inputs, seed.Derive("weight"));
        Weights.FillUniform(bias, inputs, seed.Derive("bias"));
        RegisterComponents();
    }

    /// <summary>[.., in] to [.., out].</summary>
    public override Tensor forward(Tensor input) => CpuLinear.Serves(input, weight) ? CpuLinear.Apply(default, input, weight, bias) : nn.functional.linear(input, weight, bias);
}

/// <summary>Layer normalisation over the last dimension, epsilon 1e-5.</summary>
public sealed class LayerNormalization : nn.Module<Tensor, Tensor>
{
    public const double Epsilon = 1e-5;

    public readonly Parameter weight;
    public readonly Parameter bias;

    public LayerNormalization(int dim)
        : base(nameof(LayerNormalization))
    {
        weight = Weights.Ones(dim);
        bias = Weights.Zeros(dim);
        RegisterComponents();
    }

    /// <summary>[.., dim] to [.., dim].</summary>
    public override Tensor forward(Tensor input) => nn.functional.layer_norm(input, weight.shape, weight, bias, Epsilon);
}

/// <summary>A row a symbol, initialised N(0, 0.02²).</summary>
public sealed class EmbeddingTable : nn.Module<Tensor, Tensor>
{
    private const double StandardDeviation = 0.02;

    /// <summary>[symbols, dim].</summary>
    public readonly Parameter weight;

    public EmbeddingTable(int symbols, int dim, Seed seed)
        : base(nameof(EmbeddingTable))
    {
        weight = Weights.Zeros(symbols, dim);
        Weights.FillNormal(weight, StandardDeviation, seed.Derive("weight"));
        RegisterComponents();
    }

    /// <summary>[T] int64 to [T, dim].</summary>
    public override Tensor forward(Tensor input) => weight.index_select(0, input);
}
