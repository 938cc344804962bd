// SPDX-License-Identifier: MIT
using System.Text.Json;
using static TorchSharp.torch;

namespace Yoso.Models.WeightFiles;

/// <summary>What transformers' YosoConfig says beside the sizes that the weights show.</summary>
public sealed record YosoExportOptions
{
    /// <summary>Heads of an encoder block; null: that of the convolution, else a head for each 64 dimensions.</summary>
    public int? HeadCount { get; init; }

    public int HashCount { get; init; } = 32;

    public int HashCodeLength { get; init; } = 9;

    /// <summary>The expectation (YOSO-E) instead of sampling.</summary>
    public bool Expectation { get; init; }

    public double DropoutProbability { get; init; } = 0.1;
}

/// <summary>Writes a language model as transformers' YosoModel and YosoForMaskedLM load it: model.safetensors and config.json.</summary>
/// <remarks>
/// Known limits of that class: no dense layer between embeddings and encoder, no pooler, no sentence head, positions from 2. A BERT
/// model's positions, which start at 0, get two rows in front that are never used.
/// </remarks>
public sealed class HuggingFaceExport
{
    private const int PositionOffset = 2;
    private readonly ImportedWeights _weights;
    private readonly ModelSizes _sizes;
    private readonly int _heads;
    private readonly YosoExportOptions _options;
    private readonly bool _positionsFromZero;

    /// <exception cref="WeightFileException">The weights are incomplete, or a model that YosoModel cannot be.</exception>
    public HuggingFaceExport(ImportedWeights weights, YosoExportOptions options)
    {
        (_weights, _options) = (weights, options);
        (_sizes, var report) = weights.Check();
        report.ThrowIfIncomplete(weights.Path);
        _heads = options.HeadCount ?? (int?)_sizes.Convolution?.Heads ?? (int)(_sizes.Dim!.Value / 64);
        if (Problem() is { } problem) throw new WeightFileException($"{weights.Path} cannot become a YosoModel: {problem}");
        // BERT's two segment types and pooler go with positions from 0; RoBERTa has one type and none.
        _positionsFromZero = weights.Shapes.ContainsKey("model.pooler.weight") || _sizes.Types > 1;
    }

    /// <summary>Parameters that YosoModel has no place for.</summary>
    public IReadOnlyList<string> LeftOut => [.. _weights.Shapes.Keys.Where(n => LayoutNames.ToHuggingFaceYoso(n).Count == 0).Order(StringComparer.Ordinal)];

    public void WriteWeights(Stream stream)
    {
        var tensors = _weights.Shapes.SelectMany(p => LayoutNames.ToHuggingFaceYoso(p.Key).Select(theirs => p.Key == LayoutNames.PositionTable && _positionsFromZero
            ? new TensorToWrite(theirs, [p.Value[0] + PositionOffset, p.Value[1]], () => Shifted(p.Key))
            : new TensorToWrite(theirs, p.Value, () => _weights.Read(p.Key))));
        SafeTensors.Write(stream, tensors.OrderBy(t => t.Name, StringComparer.Ordinal), new Dictionary<string, string> { ["format"] = "pt" });
    }

    public void WriteConfig(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteString("model_type", "yoso");
        json.WriteStartArray("architectures");
        json.WriteStringValue(_weights.Shapes.ContainsKey("sen_classifer.dense.weight") ? "YosoForSequenceClassification" : _weights.Shapes.ContainsKey("mlm.dense.weight") ? "YosoForMaskedLM" : "YosoModel");
        json.WriteEndArray();
        json.WriteNumber("vocab_size", _sizes.Vocabulary!.Value);
        json.WriteNumber("hidden_size", _sizes.Dim!.Value);
        json.WriteNumber("num_hidden_layers", _sizes.Layers);
        json.WriteNumber("num_attention_heads", _heads);
        json.WriteNumber("intermediate_size", _sizes.HiddenDim!.Value);
        json.WriteString("hidden_act", "gelu");
        json.WriteNumber("hidden_dropout_prob", _options.DropoutProbability);
        json.WriteNumber("attention_probs_dropout_prob", _options.DropoutProbability);
        json.WriteNumber("max_position_embeddings", _sizes.Positions!.Value - (_positionsFromZero ? 0 : PositionOffset));
        json.WriteNumber("type_vocab_size", _sizes.Types!.Value);
        json.WriteNumber("layer_norm_eps", 1e-5);
        json.WriteBoolean("use_expectation", _options.Expectation);
        json.WriteNumber("hash_code_len", _options.HashCodeLength);
        json.WriteNumber("num_hash", _options.HashCount);
        if (_sizes.Convolution is { } convolution) json.WriteNumber("conv_window", convolution.Window);
        else json.WriteNull("conv_window");
        json.WriteBoolean("use_fast_hash", true);
        json.WriteBoolean("lsh_backward", true);
        json.WriteBoolean("tie_word_embeddings", true);
        json.WriteEndObject();
    }

    private Tensor Shifted(string name)
    {
        using var scope = NewDisposeScope();
        var table = _weights.Read(name);
        return cat([zeros(PositionOffset, table.shape[1]), table]).MoveToOuterDisposeScope();
    }

    private string? Problem()
    {
        if (_sizes.LongRangeArena) return "it is a Long Range Arena model";
        if (_sizes.SharedLayers) return "its layers share one set of weights";
        if (_sizes.EmbeddingDim != _sizes.Dim) return $"its embeddings have {_sizes.EmbeddingDim} dimensions and its layers {_sizes.Dim}";
        if (_sizes.HeadWidth != _sizes.Dim) return $"its heads together have {_sizes.HeadWidth} dimensions and its layers {_sizes.Dim}";
        if (_heads < 1 || _sizes.Dim % _heads != 0) return $"{_heads} heads do not divide {_sizes.Dim} dimensions; name their number";
        if (_sizes.Convolution is var (heads, _) && heads != _heads) return $"its convolution has {heads} heads, not {_heads}";
        return _options.HashCount < 1 || _options.HashCodeLength < 1 ? "hash count and code length must be at least 1" : null;
    }
}
