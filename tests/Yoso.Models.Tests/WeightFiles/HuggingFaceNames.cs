// SPDX-License-Identifier: MIT
namespace Yoso.Models.Tests.WeightFiles;

/// <summary>The names of transformers' models and of upstream's, written out beside ours; not made by the code under test.</summary>
internal static class HuggingFaceNames
{
    private static readonly (string Ours, string Theirs)[] Encoder =
    [
        ("model.embeddings.word_embeddings.weight", "P.embeddings.word_embeddings.weight"),
        ("model.embeddings.position_embeddings.weight", "P.embeddings.position_embeddings.weight"),
        ("model.embeddings.token_type_embeddings.weight", "P.embeddings.token_type_embeddings.weight"),
        ("model.embeddings.norm.weight", "P.embeddings.LayerNorm.weight"),
        ("model.embeddings.norm.bias", "P.embeddings.LayerNorm.bias"),
        ("model.backbone.backbone.encoders.L.mha.W_q.weight", "P.encoder.layer.L.attention.self.query.weight"),
        ("model.backbone.backbone.encoders.L.mha.W_q.bias", "P.encoder.layer.L.attention.self.query.bias"),
        ("model.backbone.backbone.encoders.L.mha.W_k.weight", "P.encoder.layer.L.attention.self.key.weight"),
        ("model.backbone.backbone.encoders.L.mha.W_k.bias", "P.encoder.layer.L.attention.self.key.bias"),
        ("model.backbone.backbone.encoders.L.mha.W_v.weight", "P.encoder.layer.L.attention.self.value.weight"),
        ("model.backbone.backbone.encoders.L.mha.W_v.bias", "P.encoder.layer.L.attention.self.value.bias"),
        ("model.backbone.backbone.encoders.L.mha.ff.weight", "P.encoder.layer.L.attention.output.dense.weight"),
        ("model.backbone.backbone.encoders.L.mha.ff.bias", "P.encoder.layer.L.attention.output.dense.bias"),
        ("model.backbone.backbone.encoders.L.norm1.weight", "P.encoder.layer.L.attention.output.LayerNorm.weight"),
        ("model.backbone.backbone.encoders.L.norm1.bias", "P.encoder.layer.L.attention.output.LayerNorm.bias"),
        ("model.backbone.backbone.encoders.L.ff.0.weight", "P.encoder.layer.L.intermediate.dense.weight"),
        ("model.backbone.backbone.encoders.L.ff.0.bias", "P.encoder.layer.L.intermediate.dense.bias"),
        ("model.backbone.backbone.encoders.L.ff.2.weight", "P.encoder.layer.L.output.dense.weight"),
        ("model.backbone.backbone.encoders.L.ff.2.bias", "P.encoder.layer.L.output.dense.bias"),
        ("model.backbone.backbone.encoders.L.norm2.weight", "P.encoder.layer.L.output.LayerNorm.weight"),
        ("model.backbone.backbone.encoders.L.norm2.bias", "P.encoder.layer.L.output.LayerNorm.bias"),
    ];

    private static readonly (string Ours, string Theirs)[] BertHead =
    [
        ("mlm.dense.weight", "cls.predictions.transform.dense.weight"), ("mlm.dense.bias", "cls.predictions.transform.dense.bias"),
        ("mlm.norm.weight", "cls.predictions.transform.LayerNorm.weight"), ("mlm.norm.bias", "cls.predictions.transform.LayerNorm.bias"),
        ("mlm.mlm_class.weight", "cls.predictions.decoder.weight"), ("mlm.mlm_class.bias", "cls.predictions.bias"), ("mlm.mlm_class.bias", "cls.predictions.decoder.bias"),
    ];

    private static readonly (string Ours, string Theirs)[] RobertaHead =
    [
        ("mlm.dense.weight", "lm_head.dense.weight"), ("mlm.dense.bias", "lm_head.dense.bias"), ("mlm.norm.weight", "lm_head.layer_norm.weight"), ("mlm.norm.bias", "lm_head.layer_norm.bias"),
        ("mlm.mlm_class.weight", "lm_head.decoder.weight"), ("mlm.mlm_class.bias", "lm_head.bias"), ("mlm.mlm_class.bias", "lm_head.decoder.bias"),
    ];

    private static readonly (string Ours, string Theirs)[] BertSentence =
    [
        ("model.pooler.weight", "bert.pooler.dense.weight"), ("model.pooler.bias", "bert.pooler.dense.bias"),
        ("sen_class.weight", "cls.seq_relationship.weight"), ("sen_class.bias", "cls.seq_relationship.bias"),
    ];

    /// <summary>BertForPreTraining.</summary>
    public static (string Ours, string Theirs)[] Bert(int layers) => [.. Layers(Encoder, "bert", layers), .. BertHead, .. BertSentence];

    /// <summary>RobertaForMaskedLM.</summary>
    public static (string Ours, string Theirs)[] Roberta(int layers) => [.. Layers(Encoder, "roberta", layers), .. RobertaHead];

    /// <summary>YosoForMaskedLM.</summary>
    public static (string Ours, string Theirs)[] Yoso(int layers) => [.. Layers(Encoder, "yoso", layers), .. BertHead];

    private static IEnumerable<(string, string)> Layers((string Ours, string Theirs)[] names, string prefix, int layers) => names.SelectMany(n =>
        n.Ours.Contains(".L.", StringComparison.Ordinal)
            ? Enumerable.Range(0, layers).Select(l => (n.Ours.Replace(".L.", $".{l}.", StringComparison.Ordinal), n.Theirs.Replace("P.", prefix + ".", StringComparison.Ordinal).Replace(".L.", $".{l}.", StringComparison.Ordinal)))
            : [(n.Ours, n.Theirs.Replace("P.", prefix + ".", StringComparison.Ordinal))]);
}
