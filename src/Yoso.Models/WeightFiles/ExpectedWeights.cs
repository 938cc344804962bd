// SPDX-License-Identifier: MIT
namespace Yoso.Models.WeightFiles;

/// <summary>The sizes of a model, as far as its weights show them; null where they do not.</summary>
/// <param name="Layers">Blocks in the file; 1 where all layers share one.</param>
public sealed record ModelSizes(
    long? Vocabulary, long? Positions, long? Types, long? EmbeddingDim, long? Dim, long? HeadWidth, long? HiddenDim, int Layers, bool SharedLayers, bool LongRangeArena, (long Heads, long Window)? Convolution)
{
    /// <summary>"4 layers, dim 512, hidden 2048, 30522 tokens, 512 positions".</summary>
    public override string ToString() => FormattableString.Invariant(
        $"{Layers} {(SharedLayers ? "shared layer" : Layers == 1 ? "layer" : "layers")}, dim {Dim}, hidden {HiddenDim}, {Vocabulary} tokens, {Positions} positions{(Convolution is { } c ? $", convolution {c.Window}" : "")}");
}

/// <summary>Which tensors a model of the sizes found must have, and of which shape.</summary>
internal sealed class ExpectedWeights
{
    private readonly List<Part> _parts = [];

    /// <param name="Head">The group that may be absent as a whole; null for the encoder.</param>
    private sealed record Part(string Name, long?[] Shape, string? Head);

    private ExpectedWeights(ModelSizes sizes) => Sizes = sizes;

    public ModelSizes Sizes { get; }

    /// <param name="shapes">By our names.</param>
    /// <returns>Null where there is no encoder to recognise.</returns>
    public static ExpectedWeights? Infer(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes)
    {
        foreach (var (blocks, arena) in new[] { (LayoutNames.Blocks, false), ("model.encoders.", true) })
        {
            var numbers = shapes.Keys.Select(n => LayoutNames.Layer(n, blocks)).OfType<int>().ToArray();
            var shared = blocks[..^2] + ".";
            if (numbers.Length > 0) return Build(shapes, blocks, 1 + numbers.Max(), false, arena);
            if (shapes.Keys.Any(n => n.StartsWith(shared, StringComparison.Ordinal))) return Build(shapes, shared, 1, true, arena);
        }
        return null;
    }

    /// <summary>Compares what is there with what must be.</summary>
    public WeightReport Compare(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, IReadOnlyList<string> unexpected, IReadOnlyList<string> ignored)
    {
        var heads = _parts.Where(p => p.Head is not null && shapes.ContainsKey(p.Name)).Select(p => p.Head!).ToHashSet();
        var wanted = _parts.Where(p => p.Head is null || heads.Contains(p.Head)).ToArray();
        var known = wanted.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        return new WeightReport(
            [.. wanted.Where(p => !shapes.ContainsKey(p.Name) && p.Name != LayoutNames.TiedTable).Select(p => p.Name)],
            [.. unexpected, .. shapes.Keys.Where(n => !known.Contains(n))],
            [.. wanted.Where(p => shapes.TryGetValue(p.Name, out var shape) && !Fits(shape, p.Shape)).Select(p => $"{p.Name} is [{string.Join(", ", shapes[p.Name])}], must be [{string.Join(", ", p.Shape.Select(n => n?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "any"))}]")],
            ignored,
            [.. _parts.Select(p => p.Head).OfType<string>().Distinct().Where(h => !heads.Contains(h))]);
    }

    private static bool Fits(IReadOnlyList<long> shape, long?[] wanted) => shape.Count == wanted.Length && shape.Zip(wanted).All(p => p.Second is null || p.First == p.Second);

    private static ExpectedWeights Build(IReadOnlyDictionary<string, IReadOnlyList<long>> shapes, string blocks, int layers, bool shared, bool arena)
    {
        string Block(int layer) => shared ? blocks : $"{blocks}{layer}.";
        long? Size(string name, int axis) => shapes.TryGetValue(name, out var shape) && axis < shape.Count ? shape[axis] : null;
        long? Any(string piece, int axis) => Enumerable.Range(0, layers).Select(l => Size(Block(l) + piece, axis)).FirstOrDefault(n => n is not null);

        var first = arena ? "mlpblock.0.weight" : "ff.0.weight";
        var convolution = Any("mha.attn.conv.weight", 0) is { } heads && Any("mha.attn.conv.weight", 2) is { } window ? (heads, window) : ((long, long)?)null;
        var expected = new ExpectedWeights(new ModelSizes(
            Size(LayoutNames.TokenTable, 0), Size(LayoutNames.PositionTable, 0), Size(LayoutNames.TypeTable, 0), Size(LayoutNames.TokenTable, 1), Any("norm1.weight", 0), Any("mha.W_q.weight", 0), Any(first, 0),
            layers, shared, arena, convolution));
        expected.AddEncoder(Enumerable.Range(0, layers).Select(Block));
        expected.AddHeads(Size("sen_class.weight", 0), Size("sen_classifer.classifer.weight", 0), Size("seq_classifer.mlpblock.2.weight", 0), Size("seq_classifer.mlpblock.0.weight", 1));
        return expected;
    }

    private void AddEncoder(IEnumerable<string> blocks)
    {
        var s = Sizes;
        Add(LayoutNames.TokenTable, s.Vocabulary, s.EmbeddingDim);
        Add(LayoutNames.PositionTable, s.Positions, s.EmbeddingDim);
        if (s.LongRangeArena)
        {
            Pair("model.norm", s.Dim);
        }
        else
        {
            Add(LayoutNames.TypeTable, s.Types, s.EmbeddingDim);
            Pair("model.embeddings.norm", s.Dim);
            if (s.EmbeddingDim != s.Dim) Pair("model.embeddings.dense", s.Dim, s.EmbeddingDim);
        }
        foreach (var block in blocks)
        {
            foreach (var projection in (string[])["W_q", "W_k", "W_v"]) Pair($"{block}mha.{projection}", s.HeadWidth, s.Dim);
            if (s.Convolution is var (heads, window)) Add($"{block}mha.attn.conv.weight", heads, 1, window, 1);
            Pair($"{block}mha.ff", s.Dim, s.HeadWidth);
            Pair($"{block}norm1", s.Dim);
            Pair($"{block}norm2", s.Dim);
            Pair(s.LongRangeArena ? $"{block}mlpblock.0" : $"{block}ff.0", s.HiddenDim, s.Dim);
            Pair(s.LongRangeArena ? $"{block}mlpblock.3" : $"{block}ff.2", s.Dim, s.HiddenDim);
        }
    }

    private void AddHeads(long? sentenceClasses, long? classes, long? arenaClasses, long? arenaFeatures)
    {
        var s = Sizes;
        if (s.LongRangeArena)
        {
            Head("classifier (seq_classifer)", "seq_classifer.mlpblock.0", s.HiddenDim, arenaFeatures);
            Head("classifier (seq_classifer)", "seq_classifer.mlpblock.2", arenaClasses, s.HiddenDim);
            return;
        }
        const string Language = "masked language head (mlm)";
        Head(Language, "mlm.dense", s.EmbeddingDim, s.Dim);
        Head(Language, "mlm.norm", s.EmbeddingDim);
        Head(Language, "mlm.mlm_class", s.Vocabulary, s.EmbeddingDim);
        Head("pooler", "model.pooler", s.EmbeddingDim, s.Dim);
        Head("sentence head (sen_class)", "sen_class", sentenceClasses, s.EmbeddingDim);
        Head("classifier (sen_classifer)", "sen_classifer.dense", s.Dim, s.Dim);
        Head("classifier (sen_classifer)", "sen_classifer.classifer", classes, s.Dim);
        Head("token scorer (qahead)", "qahead", null, s.Dim);
    }

    private void Add(string name, params long?[] shape) => _parts.Add(new Part(name, shape, null));

    private void Pair(string stem, params long?[] shape)
    {
        Add(stem + ".weight", shape);
        Add(stem + ".bias", shape[0]);
    }

    private void Head(string group, string stem, params long?[] shape)
    {
        _parts.Add(new Part(stem + ".weight", shape, group));
        _parts.Add(new Part(stem + ".bias", [shape[0]], group));
    }
}
