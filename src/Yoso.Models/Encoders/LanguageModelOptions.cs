// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;

namespace Yoso.Models.Encoders;

/// <summary>Which of upstream's two language models: they differ in positions, pooling and heads, not in the blocks.</summary>
public enum LanguageModelStyle
{
    /// <summary>Positions from 0, two segment types, a tanh pooler on the first token.</summary>
    Bert,

    /// <summary>Positions from 2 (0 and 1 are left to padding), one segment type, no pooler.</summary>
    Roberta,
}

/// <summary>A BERT or RoBERTa encoder; the defaults are those of the base size.</summary>
public sealed record LanguageModelOptions
{
    public required LanguageModelStyle Style { get; init; }

    /// <summary>Rows of the token table; token ids are below it.</summary>
    public required int VocabularySize { get; init; }

    public required AttentionOptions Attention { get; init; }

    /// <summary>Tokens of the longest sequence (upstream's max_seq_len).</summary>
    public int MaxLength { get; init; } = 512;

    /// <summary>Width of the embedding tables; where it differs from <see cref="Dim"/> a dense layer follows.</summary>
    public int EmbeddingDim { get; init; } = 768;

    public int Dim { get; init; } = 768;

    /// <summary>Width of the MLP in a block.</summary>
    public int HiddenDim { get; init; } = 3072;

    public int HeadCount { get; init; } = 12;

    public int HeadDim { get; init; } = 64;

    public int LayerCount { get; init; } = 12;

    public double DropoutProbability { get; init; } = 0.1;

    /// <summary>One block applied LayerCount times instead of LayerCount blocks.</summary>
    public bool SharedWeights { get; init; }

    /// <summary>Classes of the sentence head in pre-training; upstream has 4 and uses 2.</summary>
    public int SentenceClassCount { get; init; } = 4;

    /// <summary>Position of a sequence's first token in the position table.</summary>
    public int PositionOffset => Style == LanguageModelStyle.Roberta ? 2 : 0;

    /// <summary>Rows of the position table.</summary>
    public int PositionCount => MaxLength + PositionOffset;

    /// <summary>Rows of the segment type table.</summary>
    public int TypeCount => Style == LanguageModelStyle.Roberta ? 1 : 2;

    /// <summary>One message for each value out of range; empty when the model can be built.</summary>
    public IEnumerable<string> Problems()
    {
        (string Name, int Value)[] positive =
        [
            (nameof(VocabularySize), VocabularySize), (nameof(MaxLength), MaxLength), (nameof(EmbeddingDim), EmbeddingDim), (nameof(Dim), Dim), (nameof(HiddenDim), HiddenDim),
            (nameof(HeadCount), HeadCount), (nameof(HeadDim), HeadDim), (nameof(LayerCount), LayerCount), (nameof(SentenceClassCount), SentenceClassCount),
        ];
        foreach (var (name, value) in positive.Where(p => p.Value < 1))
        {
            yield return $"{name} is {value}; it must be at least 1";
        }

        if (DropoutProbability is not (>= 0 and < 1))
        {
            yield return FormattableString.Invariant($"DropoutProbability is {DropoutProbability}; it must be at least 0 and below 1");
        }

        foreach (var problem in Attention.Problems())
        {
            yield return problem;
        }
    }
}
