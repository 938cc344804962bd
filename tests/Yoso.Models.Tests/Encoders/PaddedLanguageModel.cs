// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>
/// BERT and RoBERTa on padded batches with a mask, written independently of the packed model and taking its weights by upstream's
/// names: every position is computed, padding too. Without dropout.
/// </summary>
internal sealed class PaddedLanguageModel(LanguageModelOptions options, IReadOnlyDictionary<string, Tensor> weights)
{
    private readonly PaddedClassifier _attention = new(
        new LraClassifierOptions
        {
            VocabularySize = 1, PaddedLength = 1, ClassCount = 1, Attention = options.Attention, HeadCount = options.HeadCount, HeadDim = options.HeadDim, Dim = options.Dim,
        },
        weights);

    // B sequences, N padded length, C model dimension, H heads, D head dimension.

    /// <summary>[B, N] ids, types and mask to [B, N, C].</summary>
    public Tensor Hidden(Tensor ids, Tensor types, Tensor mask, Seed seed)
    {
        var positions = arange(ids.shape[1], int64) + (options.Style == LanguageModelStyle.Roberta ? 2 : 0);
        var x = Rows("word_embeddings", ids) + Rows("position_embeddings", positions) + Rows("token_type_embeddings", types);
        x = options.EmbeddingDim == options.Dim ? x : Linear(x, "model.embeddings.dense");
        x = Norm(x, "model.embeddings.norm", options.Dim);
        for (var layer = 0; layer < options.LayerCount; layer++)
        {
            var block = options.SharedWeights ? "model.backbone.backbone.encoder" : $"model.backbone.backbone.encoders.{layer}";
            var (q, k, v) = (Heads(Linear(x, $"{block}.mha.W_q")), Heads(Linear(x, $"{block}.mha.W_k")), Heads(Linear(x, $"{block}.mha.W_v")));
            var heads = _attention.Attention(q, k, v, mask, block, seed.Derive(layer));
            x = Norm(x + Linear(heads.transpose(1, 2).flatten(2, 3), $"{block}.mha.ff"), $"{block}.norm1", options.Dim);
            x = Norm(x + Linear(nn.functional.gelu(Linear(x, $"{block}.ff.0")), $"{block}.ff.2"), $"{block}.norm2", options.Dim);
        }

        return x;
    }

    public Tensor TokenLogits(Tensor hidden)
    {
        var x = Norm(nn.functional.gelu(Linear(hidden, "mlm.dense")), "mlm.norm", options.EmbeddingDim);
        return x.matmul(weights["model.embeddings.word_embeddings.weight"].t()) + weights["mlm.mlm_class.bias"];
    }

    public Tensor Pooled(Tensor hidden) => Linear(hidden.select(1, 0), "model.pooler").tanh();

    public Tensor Linear(Tensor x, string name) => x.matmul(weights[name + ".weight"].t()) + weights[name + ".bias"];

    private Tensor Rows(string table, Tensor indices) => nn.functional.one_hot(indices, weights[$"model.embeddings.{table}.weight"].shape[0]).to(float64).matmul(weights[$"model.embeddings.{table}.weight"]);

    private Tensor Norm(Tensor x, string name, int dim)
    {
        var mean = x.mean([-1], keepdim: true);
        var variance = (x - mean).pow(2).sum(-1, keepdim: true) / dim;
        return (x - mean) / (variance + 1e-5).sqrt() * weights[name + ".weight"] + weights[name + ".bias"];
    }

    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], options.HeadCount, options.HeadDim).transpose(1, 2); // [B, H, N, D]
}
