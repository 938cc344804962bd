// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Models.WeightFiles;

/// <summary>Translates parameter names between upstream's, which are ours, and Hugging Face's.</summary>
internal static class LayoutNames
{
    public const string Blocks = "model.backbone.backbone.encoders.";
    public const string TokenTable = "model.embeddings.word_embeddings.weight";
    public const string PositionTable = "model.embeddings.position_embeddings.weight";
    public const string TypeTable = "model.embeddings.token_type_embeddings.weight";
    public const string TiedTable = "mlm.mlm_class.weight";

    private const string TheirBlocks = "encoder.layer.";

    /// <summary>Layers have at most four digits, so that no name can ask for millions of them.</summary>
    private const int LayerDigits = 4;

    private static readonly (string Ours, string Theirs)[] Block =
    [
        ("mha.W_q", "attention.self.query"), ("mha.W_k", "attention.self.key"), ("mha.W_v", "attention.self.value"), ("mha.attn.conv", "attention.self.conv"),
        ("mha.ff", "attention.output.dense"), ("norm1", "attention.output.LayerNorm"), ("ff.0", "intermediate.dense"), ("ff.2", "output.dense"), ("norm2", "output.LayerNorm"),
    ];

    private static readonly (string Ours, string Theirs)[] Base =
    [
        ("model.embeddings.word_embeddings", "embeddings.word_embeddings"), ("model.embeddings.position_embeddings", "embeddings.position_embeddings"),
        ("model.embeddings.token_type_embeddings", "embeddings.token_type_embeddings"), ("model.embeddings.norm", "embeddings.LayerNorm"), ("model.pooler", "pooler.dense"),
    ];

    private static readonly (string Ours, string Theirs)[] BertHead =
    [
        ("mlm.dense", "cls.predictions.transform.dense"), ("mlm.norm", "cls.predictions.transform.LayerNorm"), ("mlm.mlm_class", "cls.predictions.decoder"), ("mlm.mlm_class", "cls.predictions"),
    ];

    private static readonly (string Ours, string Theirs)[] FirstTokenClassifier = [("sen_classifer.dense", "classifier.dense"), ("sen_classifer.classifer", "classifier.out_proj")];

    private static readonly Dictionary<WeightLayout, (string Ours, string Theirs)[]> Heads = new()
    {
        [WeightLayout.HuggingFaceYoso] = [.. BertHead, .. FirstTokenClassifier],
        [WeightLayout.HuggingFaceBert] = [.. BertHead, ("sen_class", "cls.seq_relationship"), ("sen_class", "classifier")],
        [WeightLayout.HuggingFaceRoberta] =
        [
            ("mlm.dense", "lm_head.dense"), ("mlm.norm", "lm_head.layer_norm"), ("mlm.mlm_class", "lm_head.decoder"), ("mlm.mlm_class", "lm_head"), .. FirstTokenClassifier,
        ],
    };

    /// <summary>Buffers that older versions of transformers saved.</summary>
    private static readonly HashSet<string> Buffers = new(StringComparer.Ordinal) { "embeddings.position_ids", "embeddings.token_type_ids" };

    public static string Prefix(WeightLayout layout) => layout switch
    {
        WeightLayout.HuggingFaceYoso => "yoso",
        WeightLayout.HuggingFaceBert => "bert",
        WeightLayout.HuggingFaceRoberta => "roberta",
        _ => throw new ArgumentOutOfRangeException(nameof(layout), layout, null),
    };

    /// <summary>Without the "module." that PyTorch's DataParallel puts before every name.</summary>
    public static string WithoutWrapper(string name) => name.StartsWith("module.", StringComparison.Ordinal) ? name["module.".Length..] : name;

    /// <summary>A buffer that holds no weights.</summary>
    public static bool IsBuffer(WeightLayout layout, string name) => layout != WeightLayout.Upstream && Buffers.Contains(Body(layout, WithoutWrapper(name)));

    /// <summary>Our name; null for a name that the layout does not have.</summary>
    public static string? ToOurs(WeightLayout layout, string name)
    {
        name = WithoutWrapper(name);
        if (layout == WeightLayout.Upstream) return FromOlderUpstream(name);
        var (stem, end) = Split(Body(layout, name));
        if (end is null) return null;
        if (TheirBlock(stem) is var (layer, rest))
        {
            return Ours(Block, rest) is { } piece ? $"{Blocks}{layer}.{piece}.{end}" : null;
        }
        return (Ours(Base, stem) ?? Ours(Heads[layout], stem)) is { } ours ? $"{ours}.{end}" : null;
    }

    /// <summary>YosoModel's names, two where it keeps a parameter twice; none for a parameter that it does not have.</summary>
    public static IReadOnlyList<string> ToHuggingFaceYoso(string ours)
    {
        const WeightLayout Layout = WeightLayout.HuggingFaceYoso;
        var (stem, end) = Split(ours);
        if (end is null) return [];
        if (stem.StartsWith(Blocks, StringComparison.Ordinal))
        {
            var (layer, piece) = Cut(stem[Blocks.Length..]);
            return [.. Theirs(Block, piece).Select(theirs => $"{Prefix(Layout)}.{TheirBlocks}{layer}.{theirs}.{end}")];
        }
        var bodies = Theirs(Base, stem).Where(theirs => theirs != "pooler.dense").Select(theirs => $"{Prefix(Layout)}.{theirs}.{end}");
        // The decoder's bias stands a second time beside the decoder; its weight does not.
        var heads = Theirs(Heads[Layout], stem).Where(theirs => end == "bias" || theirs != "cls.predictions").Select(theirs => $"{theirs}.{end}");
        return [.. bodies, .. heads];
    }

    /// <summary>The number of the layer in one of our names; null for a name outside the layers.</summary>
    public static int? Layer(string ours, string blocks) =>
        ours.StartsWith(blocks, StringComparison.Ordinal) && Cut(ours[blocks.Length..]) is ({ Length: <= LayerDigits } digits, _) && int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var layer)
            ? layer
            : null;

    /// <summary>model.transformer_3.ff1.weight of upstream's first release, as transformers' converter reads it.</summary>
    private static string FromOlderUpstream(string name)
    {
        const string Older = "model.transformer_";
        if (!name.StartsWith(Older, StringComparison.Ordinal)) return name;
        var (layer, rest) = Cut(name[Older.Length..]);
        rest = rest.StartsWith("ff1.", StringComparison.Ordinal) ? "ff.0." + rest[4..] : rest.StartsWith("ff2.", StringComparison.Ordinal) ? "ff.2." + rest[4..] : rest;
        return $"{Blocks}{layer}.{rest}";
    }

    private static string Body(WeightLayout layout, string name)
    {
        var prefix = Prefix(layout) + ".";
        return name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
    }

    private static (string Layer, string Piece)? TheirBlock(string stem) =>
        stem.StartsWith(TheirBlocks, StringComparison.Ordinal) && Cut(stem[TheirBlocks.Length..]) is ({ Length: > 0 and <= LayerDigits } layer, var rest) && layer.All(char.IsAsciiDigit)
            ? (layer, rest)
            : null;

    private static (string First, string Others) Cut(string text) => text.IndexOf('.', StringComparison.Ordinal) is var dot and >= 0 ? (text[..dot], text[(dot + 1)..]) : (text, "");

    /// <summary>Everything before the last dot, and weight or bias; TensorFlow's gamma and beta are old files' words for them.</summary>
    private static (string Stem, string? End) Split(string name)
    {
        var dot = name.LastIndexOf('.');
        if (dot < 0) return (name, null);
        return (name[..dot], name[(dot + 1)..] switch
        {
            "weight" or "gamma" => "weight",
            "bias" or "beta" => "bias",
            _ => null,
        });
    }

    private static string? Ours((string Ours, string Theirs)[] table, string theirs) => table.FirstOrDefault(p => p.Theirs == theirs).Ours;

    private static IEnumerable<string> Theirs((string Ours, string Theirs)[] table, string ours) => table.Where(p => p.Ours == ours).Select(p => p.Theirs);
}
