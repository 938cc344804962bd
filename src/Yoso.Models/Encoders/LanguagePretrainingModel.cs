// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Heads;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>What a pre-training pass predicts.</summary>
/// <param name="TokenLogits">[M, vocabulary], of the M rows asked for.</param>
/// <param name="SentenceLogits">[B, sentence classes]; null in RoBERTa, which has no sentence task.</param>
public readonly record struct PretrainingLogits(Tensor TokenLogits, Tensor? SentenceLogits);

/// <summary>Encoder with the masked language head and, in BERT, the sentence order head.</summary>
public sealed class LanguagePretrainingModel : nn.Module
{
    private readonly LanguageEncoder model;
    private readonly MaskedLanguageHead mlm;
    private readonly LinearLayer? sen_class;

    /// <inheritdoc cref="LanguageEncoder(LanguageModelOptions, Seed)"/>
    public LanguagePretrainingModel(LanguageModelOptions options, Seed seed)
        : base(nameof(LanguagePretrainingModel))
    {
        model = new LanguageEncoder(options, seed.Derive(nameof(model)));
        mlm = new MaskedLanguageHead(options, () => model.embeddings.word_embeddings.weight, seed.Derive(nameof(mlm)));
        sen_class = options.Style == LanguageModelStyle.Bert ? SentenceHeads.Pooled(options, options.SentenceClassCount, seed.Derive(nameof(sen_class))) : null;
        RegisterComponents();
    }

    /// <param name="tokens">The batch with masks in it.</param>
    /// <param name="typeIds">As in <see cref="LanguageEncoder"/>.</param>
    /// <param name="predictedRows">[M] int64, the packed rows whose tokens are predicted: the vocabulary is scored there only.</param>
    /// <param name="seed">As in <see cref="LanguageEncoder"/>.</param>
    public PretrainingLogits Forward(PackedTokens tokens, Tensor? typeIds, Tensor predictedRows, Seed seed)
    {
        using var scope = NewDisposeScope();
        var hidden = model.call(tokens, typeIds, seed); // [T, C]
        var tokenLogits = mlm.call(hidden.index_select(0, predictedRows));
        var sentenceLogits = sen_class?.call(model.Pool(hidden, tokens.Offsets)).to_type(hidden.dtype);
        return new PretrainingLogits(tokenLogits.MoveToOuterDisposeScope(), sentenceLogits?.MoveToOuterDisposeScope());
    }
}

/// <summary>Encoder with a sentence head, in the style of its options: pooler and linear layer (BERT) or a two-layer head on the first token (RoBERTa).</summary>
public sealed class LanguageClassifier : nn.Module<PackedTokens, Tensor?, Seed, Tensor>
{
    private readonly LanguageEncoder model;
    private readonly LinearLayer? sen_class;
    private readonly FirstTokenHead? sen_classifer;

    /// <param name="classCount">Classes, or 1 for a regression.</param>
    /// <inheritdoc cref="LanguageEncoder(LanguageModelOptions, Seed)"/>
    public LanguageClassifier(LanguageModelOptions options, int classCount, Seed seed)
        : base(nameof(LanguageClassifier))
    {
        if (classCount < 1)
        {
            throw new ArgumentException($"a classifier of {classCount} classes", nameof(classCount));
        }

        model = new LanguageEncoder(options, seed.Derive(nameof(model)));
        if (options.Style == LanguageModelStyle.Bert)
        {
            sen_class = SentenceHeads.Pooled(options, classCount, seed.Derive(nameof(sen_class)));
        }
        else
        {
            sen_classifer = new FirstTokenHead(options, classCount, seed.Derive(nameof(sen_classifer)));
        }

        RegisterComponents();
    }

    /// <returns>[B, classes].</returns>
    public override Tensor forward(PackedTokens tokens, Tensor? typeIds, Seed seed)
    {
        using var scope = NewDisposeScope();
        var hidden = model.call(tokens, typeIds, seed); // [T, C]
        var logits = sen_class is not null
            ? sen_class.call(model.Pool(hidden, tokens.Offsets)).to_type(hidden.dtype)
            : sen_classifer!.call(LanguageEncoder.FirstTokens(hidden, tokens.Offsets));
        return logits.MoveToOuterDisposeScope();
    }
}

/// <summary>A score for every token: WikiHop's candidates are scored at their answer tokens.</summary>
public sealed class TokenScorer : nn.Module<PackedTokens, Seed, Tensor>
{
    private readonly LanguageEncoder model;
    private readonly LinearLayer qahead;

    /// <inheritdoc cref="LanguageEncoder(LanguageModelOptions, Seed)"/>
    public TokenScorer(LanguageModelOptions options, Seed seed)
        : base(nameof(TokenScorer))
    {
        model = new LanguageEncoder(options, seed.Derive(nameof(model)));
        qahead = new LinearLayer(options.Dim, 1, seed.Derive(nameof(qahead)));
        RegisterComponents();
    }

    /// <returns>[T].</returns>
    public override Tensor forward(PackedTokens tokens, Seed seed)
    {
        using var scope = NewDisposeScope();
        var hidden = model.call(tokens, null, seed); // [T, C]
        return qahead.call(hidden).to_type(hidden.dtype).view(-1).MoveToOuterDisposeScope();
    }
}
