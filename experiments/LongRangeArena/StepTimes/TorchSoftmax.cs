// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Data;
using Yoso.Models;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>
/// The softmax classifier as one would write it with TorchSharp alone: batches padded to the full length, its linear layers, layer norms and
/// scaled_dot_product_attention with a mask, libtorch's own threads. It uses the weights of an <see cref="LraClassifier"/> and computes the same logits.
/// </summary>
/// <remarks>
/// Attention weights are not dropped out here: with dropout libtorch leaves its flash kernel for one that holds n x n weights of all sequences at once.
/// B sequences, N padded length, C model dimension, H heads, D head dimension.
/// </remarks>
internal sealed class TorchSoftmax(LraClassifierOptions options, nn.Module classifier)
{
    private readonly Dictionary<string, Parameter> _weights = classifier.named_parameters().ToDictionary(p => p.name, p => p.parameter);

    /// <param name="ids">[B, N], 0 where there is no token.</param>
    /// <returns>Logits, [B, classes].</returns>
    public Tensor Forward(Tensor ids, bool training)
    {
        using var scope = NewDisposeScope();
        using Scalar none = 0;
        var tokens = ids.ne(none); // [B, N]
        var mask = tokens.view(ids.shape[0], 1, 1, ids.shape[1]);
        var hidden = Dropout(_weights["model.embeddings.word_embeddings.weight"].index_select(0, ids.flatten()).view(ids.shape[0], ids.shape[1], options.Dim)
            + _weights["model.embeddings.position_embeddings.weight"].narrow(0, 0, ids.shape[1]), training); // [B, N, C]
        for (var layer = 0; layer < options.LayerCount; layer++)
        {
            hidden = Block(hidden, mask, $"model.encoders.{layer}", training);
        }

        var normalized = Norm(hidden, "model.norm") * tokens.unsqueeze(-1).to_type(hidden.dtype);
        var pooled = normalized.sum(1).Over(options.PaddedLength); // [B, C]
        return Linear(nn.functional.relu(Linear(pooled, "seq_classifer.mlpblock.0")), "seq_classifer.mlpblock.2").MoveToOuterDisposeScope();
    }

    /// <summary>The sequences of some examples side by side, [B, N].</summary>
    public static Tensor Padded(SequenceDataset data, ReadOnlySpan<int> examples)
    {
        var ids = new long[examples.Length * data.PaddedLength];
        for (var i = 0; i < examples.Length; i++)
        {
            var sequence = data.Sequence(examples[i]);
            for (var position = 0; position < sequence.Length; position++)
            {
                ids[(i * data.PaddedLength) + position] = sequence[position];
            }
        }

        return tensor(ids, examples.Length, data.PaddedLength);
    }

    private Tensor Block(Tensor input, Tensor mask, string name, bool training)
    {
        using var scope = NewDisposeScope();
        var normalized = Norm(input, $"{name}.norm1");
        var (query, key, value) = (Heads(normalized, $"{name}.mha.W_q"), Heads(normalized, $"{name}.mha.W_k"), Heads(normalized, $"{name}.mha.W_v")); // [B, H, N, D]
        var heads = nn.functional.scaled_dot_product_attention(query, key, value, mask).transpose(1, 2).flatten(2, 3); // [B, N, H D]
        var attended = input + Dropout(Linear(heads, $"{name}.mha.ff"), training);
        var inner = Dropout(nn.functional.gelu(Linear(Norm(attended, $"{name}.norm2"), $"{name}.mlpblock.0")), training);
        return (attended + Dropout(Linear(inner, $"{name}.mlpblock.3"), training)).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor input, string name) => Linear(input, name).view(input.shape[0], input.shape[1], options.HeadCount, options.HeadDim).transpose(1, 2);

    private Tensor Dropout(Tensor input, bool training) => nn.functional.dropout(input, options.DropoutProbability, training);

    private Tensor Linear(Tensor input, string name) => nn.functional.linear(input, _weights[$"{name}.weight"], _weights[$"{name}.bias"]);

    private Tensor Norm(Tensor input, string name) => nn.functional.layer_norm(input, [options.Dim], _weights[$"{name}.weight"], _weights[$"{name}.bias"], LayerNormalization.Epsilon);
}
