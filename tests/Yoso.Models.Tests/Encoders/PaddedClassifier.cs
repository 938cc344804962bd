// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>
/// The same model on padded batches with masks, written independently of the packed one and taking its weights by name: every
/// position is computed, masked ones too. Without dropout.
/// </summary>
internal sealed class PaddedClassifier(LraClassifierOptions options, IReadOnlyDictionary<string, Tensor> weights)
{
    // B sequences, N padded length, C model dimension, H heads, D head dimension.

    /// <param name="ids">[B, N]; 0 is masked.</param>
    public Tensor Logits(Tensor ids, Seed seed)
    {
        var mask = ids.ne(0).to(float64); // [B, N]
        var positions = arange(ids.shape[1], int64);
        var x = weights["model.embeddings.word_embeddings.weight"].index_select(0, ids.view(-1)).view(ids.shape[0], ids.shape[1], -1)
            + weights["model.embeddings.position_embeddings.weight"].index_select(0, positions);
        for (var layer = 0; layer < options.LayerCount; layer++)
        {
            var block = $"model.encoders.{layer}";
            var normalized = Norm(x, $"{block}.norm1");
            var heads = Attention(Heads(Linear(normalized, $"{block}.mha.W_q")), Heads(Linear(normalized, $"{block}.mha.W_k")), Heads(Linear(normalized, $"{block}.mha.W_v")), mask, block, seed.Derive(layer));
            x = x + Linear(heads.transpose(1, 2).flatten(2, 3), $"{block}.mha.ff");
            x = x + Linear(nn.functional.gelu(Linear(Norm(x, $"{block}.norm2"), $"{block}.mlpblock.0")), $"{block}.mlpblock.3");
        }

        var pooled = (Norm(x, "model.norm") * mask.unsqueeze(-1)).mean([1]); // [B, C]
        return Linear(nn.functional.relu(Linear(pooled, "seq_classifer.mlpblock.0")), "seq_classifer.mlpblock.2");
    }

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, weights[name + ".weight"], weights[name + ".bias"]);

    private Tensor Norm(Tensor x, string name) => nn.functional.layer_norm(x, [options.Dim], weights[name + ".weight"], weights[name + ".bias"], 1e-5);

    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], options.HeadCount, options.HeadDim).transpose(1, 2); // [B, H, N, D]

    /// <summary>[B, H, N, D] and [B, N] to [B, H, N, D].</summary>
    public Tensor Attention(Tensor q, Tensor k, Tensor v, Tensor mask, string block, Seed seed)
    {
        var keyMask = mask.unsqueeze(1).unsqueeze(2); // [B, 1, 1, N]
        if (options.Attention is NoneOptions)
        {
            return v;
        }

        if (options.Attention is SoftmaxOptions)
        {
            return nn.functional.softmax(q.matmul(k.transpose(-2, -1)) / Math.Sqrt(options.HeadDim) - 1e6 * (1 - keyMask), -1).matmul(v);
        }

        if (Efficient(q, k, v, mask, block, seed) is { } efficient)
        {
            return efficient;
        }

        (q, k) = (nn.functional.normalize(q, 2, -1), nn.functional.normalize(k, 2, -1));
        var dots = q.matmul(k.transpose(-2, -1));
        var (weight, slope) = Weights(q, k, dots.detach(), seed);
        (weight, slope) = (weight * keyMask, slope * keyMask);
        // Zero in value; its derivative with respect to q·k is the surrogate slope times the value.
        var surrogate = slope * (dots - dots.detach());
        var output = nn.functional.normalize(weight.matmul(v) + surrogate.matmul(v.detach()), 2, -1);
        var window = (options.Attention as YosoOptions)?.ConvWindow ?? (options.Attention as YosoExpectationOptions)?.ConvWindow;
        return window is null ? output : output + Convolution(v, mask, block, window.Value);
    }

    private Tensor Convolution(Tensor v, Tensor mask, string block, int window) =>
        nn.functional.conv2d(v * mask.unsqueeze(1).unsqueeze(-1), weights[block + ".mha.attn.conv.weight"], padding: [window / 2, 0], groups: options.HeadCount);

    private Tensor? Efficient(Tensor q, Tensor k, Tensor v, Tensor mask, string block, Seed seed)
    {
        switch (options.Attention)
        {
            case LinearOptions:
                return PaddedMechanisms.Linear(q, k, v, mask);
            case LinformerOptions:
                // One projection for all layers, in the first.
                return PaddedMechanisms.Linformer(q, k, v, mask, weights[block[..block.LastIndexOf('.')] + ".0.mha.attn.E"]);
            case LongformerOptions longformer:
                return PaddedMechanisms.Longformer(q, k, v, mask, longformer);
            case NystromformerOptions nystrom:
                var sum = PaddedMechanisms.Nystromformer(q, k, v, mask, nystrom);
                return nystrom.ConvWindow is { } window ? sum + Convolution(v, mask, block, window) : sum;
            case PerformerOptions performer:
                return PaddedMechanisms.Performer(q, k, v, mask, performer, weights[block + ".mha.attn.attn_fn.projection_matrix"]);
            case ReformerOptions reformer:
                var context = new AttentionContext(SequenceOffsets.FromLengths(1), zeros(1, int64), (int)q.shape[2], seed, Training: true);
                using (var mechanism = new ReformerAttention(reformer))
                {
                    return PaddedMechanisms.Reformer(q, v, mask, reformer, mechanism.Buckets(q.detach(), context));
                }

            default:
                return null;
        }
    }

    private (Tensor Weight, Tensor Slope) Weights(Tensor q, Tensor k, Tensor dots, Seed seed)
    {
        if (options.Attention is YosoExpectationOptions expectation)
        {
            var closedForm = (1 - dots.acos() / Math.PI).pow(expectation.HashCodeLength);
            return (closedForm, closedForm * expectation.HashCodeLength / 2);
        }

        var yoso = (YosoOptions)options.Attention;
        var equal = Codes(q, yoso, seed).unsqueeze(3).eq(Codes(k, yoso, seed).unsqueeze(2)); // [B, H, N, N, M]
        var share = equal.to(float64).mean([-1]);
        if (yoso.GradientMode == YosoGradientMode.LowerBound)
        {
            return (share, share * yoso.HashCodeLength / 2);
        }

        var x = 0.98 * dots;
        var power = yoso.HashCodeLength * (1 - x.acos() / Math.PI).pow(yoso.HashCodeLength - 1);
        return (share, share.gt(0).to(float64) * power * (1 / (1 - x * x).sqrt()).clamp(max: 10) / Math.PI);
    }

    private Tensor Codes(Tensor x, YosoOptions yoso, Seed seed)
    {
        var (sequences, length) = (x.shape[0], x.shape[2]);
        var packed = x.detach().transpose(1, 2).reshape(sequences * length, options.HeadCount, options.HeadDim);
        var offsets = SequenceOffsets.FromLengths([.. Enumerable.Repeat((int)length, (int)sequences)]);
        var codes = HadamardHash.Codes(packed, offsets, new HashLayout(yoso.HashCount, yoso.HashCodeLength, yoso.HashSampler, options.HeadDim), seed);
        return codes.view(sequences, length, options.HeadCount, -1).transpose(1, 2); // [B, H, N, M]
    }
}
