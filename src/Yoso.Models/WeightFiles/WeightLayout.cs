// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles;

/// <summary>Whose parameter names a file has.</summary>
public enum WeightLayout
{
    /// <summary>mlpen/YOSO's, which are ours: model.backbone.backbone.encoders.0.mha.W_q.weight; its older model.transformer_0 too.</summary>
    Upstream,

    /// <summary>transformers' YosoModel and its heads: yoso.encoder.layer.0.attention.self.query.weight.</summary>
    HuggingFaceYoso,

    /// <summary>transformers' BertModel and its heads.</summary>
    HuggingFaceBert,

    /// <summary>transformers' RobertaModel and its heads.</summary>
    HuggingFaceRoberta,
}

public static class WeightLayouts
{
    /// <summary>The words of the command line, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> Names { get; } = ["upstream", "hf-yoso", "hf-bert", "hf-roberta"];

    public static string Name(this WeightLayout layout) => Names[(int)layout];

    /// <summary>By <see cref="Name"/>; null if there is none.</summary>
    public static WeightLayout? Find(string name) => Names.ToList().IndexOf(name) is var index and >= 0 ? (WeightLayout)index : null;

    /// <summary>From the names themselves; null where they leave it open (Hugging Face's bare encoders share theirs).</summary>
    public static WeightLayout? Detect(IEnumerable<string> names)
    {
        var all = names.Select(n => LayoutNames.WithoutWrapper(n)).ToArray();
        if (all.Any(n => n.Contains(".mha.", StringComparison.Ordinal))) return WeightLayout.Upstream;
        foreach (var layout in (WeightLayout[])[WeightLayout.HuggingFaceYoso, WeightLayout.HuggingFaceBert, WeightLayout.HuggingFaceRoberta])
        {
            if (all.Any(n => n.StartsWith(LayoutNames.Prefix(layout) + ".", StringComparison.Ordinal))) return layout;
        }
        return null;
    }
}
