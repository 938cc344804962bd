// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Scaled dot-product attention (Vaswani et al., NeurIPS 2017).</summary>
public sealed record SoftmaxOptions : AttentionOptions
{
    public override IEnumerable<string> Problems() => [];
}

/// <summary>softmax(q k' / sqrt(d)) v with dropped attention weights in training. O(n² d) time, memory of one block of weights.</summary>
/// <remarks>Weights are formed again in the backward pass; their dropout masks come from the context's seed, so both passes agree.</remarks>
public sealed class SoftmaxAttention(double dropoutProbability) : AttentionMechanism(nameof(SoftmaxAttention))
{
    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        var dropout = context.Training ? dropoutProbability : 0;
        var seed = context.Seed.Derive("attention-dropout");
        return CpuTensors.FitHeads(value)
            ? CpuExactAttention.Apply(new CpuExactArguments(context.Offsets, Cpu.ExactWeight.Softmax, 0, dropout, seed), query, key, value)
            : SoftmaxFunction.Apply(new SoftmaxArguments(context.Offsets, dropout, seed), query, key, value);
    }
}

internal sealed record SoftmaxArguments(SequenceOffsets Offsets, double Dropout, Seed Seed);

internal sealed class SoftmaxFunction : SafeFunction<SoftmaxFunction, SoftmaxArguments>
{
    // B sequences, H heads, Q queries, N keys, D head dimension of one block.
    protected override ForwardResult Forward(Tensor[] inputs, SoftmaxArguments arguments)
    {
        var (query, key, value) = (inputs[0], inputs[1], inputs[2]);
        var output = zeros_like(value);
        ForEach(query, arguments, (block, dropped) =>
        {
            var weights = Weights(block, block.Queries(query), block.Keys(key)); // [B, H, Q, N]
            block.AddToQueries(output, Dropped(weights, dropped).matmul(block.Keys(value)));
        });
        return new ForwardResult(output);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, SoftmaxArguments arguments, Tensor gradient)
    {
        var (query, key, value) = (inputs[0], inputs[1], inputs[2]);
        var (queryGradient, keyGradient, valueGradient) = (zeros_like(query), zeros_like(key), zeros_like(value));
        ForEach(query, arguments, (block, dropped) =>
        {
            var (q, k, v, g) = (block.Queries(query), block.Keys(key), block.Keys(value), block.MaskedQueries(gradient));
            var weights = Weights(block, q, k);
            block.AddToKeys(valueGradient, Dropped(weights, dropped).transpose(-2, -1).matmul(g));
            var weightGradient = Dropped(g.matmul(v.transpose(-2, -1)), dropped); // [B, H, Q, N]
            // Softmax: ds = p (dp - sum(p dp)); then the scale of the logits.
            var logitGradient = weights * (weightGradient - (weights * weightGradient).sum(-1, keepdim: true)) / Math.Sqrt(q.shape[^1]);
            block.AddToQueries(queryGradient, logitGradient.matmul(k));
            block.AddToKeys(keyGradient, logitGradient.transpose(-2, -1).matmul(q));
        });
        return [queryGradient, keyGradient, valueGradient];
    }

    private static void ForEach(Tensor query, SoftmaxArguments arguments, Action<PaddedBlock, Tensor?> body)
    {
        var index = 0L;
        PaddedBlock.ForEach(arguments.Offsets, query.shape[1], query.device, block => body(block, DropoutMask(block, query, arguments, index++)));
    }

    /// <summary>0 or 1 / (1 - p) a weight, [B, H, Q, N]; null without dropout.</summary>
    private static Tensor? DropoutMask(PaddedBlock block, Tensor query, SoftmaxArguments arguments, long index)
    {
        if (arguments.Dropout == 0)
        {
            return null;
        }

        using var generator = new Generator(arguments.Seed.Derive(index).Value >> 1, query.device);
        var uniform = rand(block.WeightShape(query.shape[1]), device: query.device, generator: generator);
        using Scalar threshold = arguments.Dropout;
        return uniform.ge(threshold).to_type(query.dtype).Over(1 - arguments.Dropout);
    }

    private static Tensor Weights(PaddedBlock block, Tensor query, Tensor key)
    {
        var logits = query.matmul(key.transpose(-2, -1)).Over(Math.Sqrt(query.shape[^1]));
        return nn.functional.softmax(block.Padded ? logits.Masked(block.Mask.logical_not(), double.NegativeInfinity) : logits, -1);
    }

    private static Tensor Dropped(Tensor weights, Tensor? mask) => mask is null ? weights : weights * mask;
}
