// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>YOSO-E (Zeng et al., ICML 2021): the expectation that the sampled YOSO estimates.</summary>
public sealed record YosoExpectationOptions : AttentionOptions
{
    /// <summary>Hyperplanes per hash (paper: τ), the exponent of the collision probability.</summary>
    public int HashCodeLength { get; init; } = 9;

    /// <summary>Positions that the depthwise convolution of the values spans; null for none.</summary>
    public int? ConvWindow { get; init; }

    public override IEnumerable<string> Problems() => HashProblems(HashCodeLength, ConvWindow);
}

/// <summary>Weight (1 - acos(q·k) / π)^τ on l2-normalised query and key; the output is l2-normalised. O(n² d) time, memory of one block of weights.</summary>
public sealed class YosoExpectationAttention : AttentionMechanism
{
    private readonly int _hashCodeLength;
    private readonly DepthwiseConvolution? conv;

    public YosoExpectationAttention(YosoExpectationOptions options, int headCount, Seed seed)
        : base(nameof(YosoExpectationAttention))
    {
        _hashCodeLength = options.HashCodeLength;
        conv = options.ConvWindow is { } window ? new DepthwiseConvolution(headCount, window, seed.Derive(nameof(conv))) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        using var scope = NewDisposeScope();
        var (unitQuery, unitKey) = (UnitRows.Normalize(query, context.Offsets), UnitRows.Normalize(key, context.Offsets));
        var sum = CpuTensors.FitHeads(value)
            ? CpuExactAttention.Apply(new CpuExactArguments(context.Offsets, Cpu.ExactWeight.ExpectationLowerBound, _hashCodeLength, 0, context.Seed), unitQuery, unitKey, value)
            : YosoExpectationFunction.Apply(new YosoExpectationArguments(context.Offsets, _hashCodeLength), unitQuery, unitKey, value);
        var output = UnitRows.Normalize(sum, context.Offsets); // [T, H, D]
        return (conv is null ? output : conv.call(output, value, context)).MoveToOuterDisposeScope();
    }
}

internal sealed record YosoExpectationArguments(SequenceOffsets Offsets, int HashCodeLength);

/// <summary>Sum of values by collision probability, before normalisation; inputs are unit query, unit key and value, [T, H, D].</summary>
/// <remarks>
/// The value gradient is exact. The true derivative of the weight is unbounded at q = k, so query and key get the paper's
/// bounded surrogate: grad q_i = Σ_j (τ/2) w_ij (g_i · v_j) k_j, and the same with the roles of query and key exchanged.
/// </remarks>
internal sealed class YosoExpectationFunction : SafeFunction<YosoExpectationFunction, YosoExpectationArguments>
{
    // B sequences, H heads, Q queries, N keys, D head dimension of one block.
    protected override ForwardResult Forward(Tensor[] inputs, YosoExpectationArguments arguments)
    {
        var (query, key, value) = (inputs[0], inputs[1], inputs[2]);
        var output = zeros_like(value);
        PaddedBlock.ForEach(arguments.Offsets, query.shape[1], query.device, block =>
        {
            var weights = Weights(block, block.Queries(query), block.Keys(key), arguments.HashCodeLength); // [B, H, Q, N]
            block.AddToQueries(output, weights.matmul(block.Keys(value)));
        });
        return new ForwardResult(output);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, YosoExpectationArguments arguments, Tensor gradient)
    {
        var (query, key, value) = (inputs[0], inputs[1], inputs[2]);
        var (queryGradient, keyGradient, valueGradient) = (zeros_like(query), zeros_like(key), zeros_like(value));
        PaddedBlock.ForEach(arguments.Offsets, query.shape[1], query.device, block =>
        {
            var (q, k, v, g) = (block.Queries(query), block.Keys(key), block.Keys(value), block.MaskedQueries(gradient));
            var weights = Weights(block, q, k, arguments.HashCodeLength);
            block.AddToKeys(valueGradient, weights.transpose(-2, -1).matmul(g));
            var slope = g.matmul(v.transpose(-2, -1)).mul_(weights).Times(arguments.HashCodeLength / 2.0); // [B, H, Q, N]
            block.AddToQueries(queryGradient, slope.matmul(k));
            block.AddToKeys(keyGradient, slope.transpose(-2, -1).matmul(q));
        });
        return [queryGradient, keyGradient, valueGradient];
    }

    /// <summary>Collision probabilities of unit queries and keys, 0 for padding. Rounding takes q·k past ±1, where acos is NaN: hence the clamp.</summary>
    private static Tensor Weights(PaddedBlock block, Tensor query, Tensor key, int hashCodeLength)
    {
        using Scalar low = -1, high = 1, scale = -1 / Math.PI, power = hashCodeLength;
        var weights = query.matmul(key.transpose(-2, -1)).clamp_(low, high).acos_().mul_(scale).add_(high, high).pow_(power);
        return block.Padded ? weights.mul_(block.Mask.to_type(weights.dtype)) : weights;
    }
}
