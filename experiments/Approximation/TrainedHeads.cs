// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using Yoso.Models.WeightFiles;
using static TorchSharp.torch;

namespace Yoso.Experiments.Approximation;

/// <summary>Query and key of one head, [n, d], as a trained model computes them for one sequence.</summary>
internal sealed record TrainedHead(int Layer, int Head, Tensor Query, Tensor Key);

/// <summary>Runs a trained LRA encoder on one sequence and keeps what attention sees. Weights are found by upstream's names.</summary>
internal sealed class TrainedHeads(LraClassifierOptions options, IReadOnlyDictionary<string, Tensor> weights)
{
    /// <summary>Of a weight file; tensors belong to the caller's dispose scope.</summary>
    public static TrainedHeads Open(LraClassifierOptions options, string path)
    {
        using var file = WeightFile.Open(path);
        return new TrainedHeads(options, file.Tensors.ToDictionary(t => t.Name, file.Read, StringComparer.Ordinal));
    }

    /// <summary>All heads of all layers. Only mechanisms without weights of their own: softmax and YOSO without convolution.</summary>
    public IReadOnlyList<TrainedHead> Of(PackedTokens tokens)
    {
        using var ungraded = no_grad();
        using var attention = AttentionMechanism.Create(options.Attention, options.HeadCount, 0, new Seed(1));
        if (attention.state_dict().Count > 0)
        {
            throw new NotSupportedException($"{options.Attention.GetType().Name} has weights of its own; pictures are drawn of softmax and of YOSO without convolution");
        }

        var heads = new List<TrainedHead>();
        var x = Weight("embeddings.word_embeddings").index_select(0, tokens.TokenIds) + Weight("embeddings.position_embeddings").index_select(0, tokens.PositionIds);
        for (var layer = 0; layer < options.LayerCount; layer++)
        {
            var block = options.SharedWeights ? "encoder" : $"encoders.{layer}";
            var norm = Norm(x, $"{block}.norm1");
            var (q, k, v) = (Heads(norm, $"{block}.mha.W_q"), Heads(norm, $"{block}.mha.W_k"), Heads(norm, $"{block}.mha.W_v")); // [n, H, d]
            heads.AddRange(Enumerable.Range(0, options.HeadCount).Select(h => new TrainedHead(layer, h, q.select(1, h).contiguous(), k.select(1, h).contiguous())));
            var context = new AttentionContext(tokens.Offsets, tokens.PositionIds, tokens.PaddedLength, new Seed(1).Derive(layer), Training: false);
            x += Linear(attention.call(q, k, v, context).flatten(1, 2), $"{block}.mha.ff");
            x += Linear(nn.functional.gelu(Linear(Norm(x, $"{block}.norm2"), $"{block}.mlpblock.0")), $"{block}.mlpblock.3");
        }

        return heads;
    }

    private Tensor Weight(string name, string which = "weight") => weights[$"model.{name}.{which}"];

    private Tensor Linear(Tensor x, string name) => nn.functional.linear(x, Weight(name), Weight(name, "bias"));

    private Tensor Norm(Tensor x, string name) => nn.functional.layer_norm(x, [options.Dim], Weight(name), Weight(name, "bias"), LayerNormalization.Epsilon);

    private Tensor Heads(Tensor x, string name) => Linear(x, name).view(x.shape[0], options.HeadCount, options.HeadDim);
}
