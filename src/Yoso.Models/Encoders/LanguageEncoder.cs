// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>Token, position and segment type tables, then norm and dropout.</summary>
public sealed class LanguageEmbeddings : nn.Module<PackedTokens, Tensor?, Tensor>
{
    private readonly double _dropout;
    private readonly int _positionOffset;
    private readonly EmbeddingTable position_embeddings;
    private readonly EmbeddingTable token_type_embeddings;
    private readonly LinearLayer? dense;
    private readonly LayerNormalization norm;

    /// <summary>The token table, which the decoder of the masked language head shares.</summary>
    public readonly EmbeddingTable word_embeddings;

    public LanguageEmbeddings(LanguageModelOptions options, Seed seed)
        : base(nameof(LanguageEmbeddings))
    {
        _dropout = options.DropoutProbability;
        _positionOffset = options.PositionOffset;
        word_embeddings = new EmbeddingTable(options.VocabularySize, options.EmbeddingDim, seed.Derive(nameof(word_embeddings)));
        position_embeddings = new EmbeddingTable(options.PositionCount, options.EmbeddingDim, seed.Derive(nameof(position_embeddings)));
        token_type_embeddings = new EmbeddingTable(options.TypeCount, options.EmbeddingDim, seed.Derive(nameof(token_type_embeddings)));
        dense = options.EmbeddingDim == options.Dim ? null : new LinearLayer(options.EmbeddingDim, options.Dim, seed.Derive(nameof(dense)));
        norm = new LayerNormalization(options.Dim);
        RegisterComponents();
    }

    /// <param name="input">T tokens.</param>
    /// <param name="typeIds">[T] int64; null for type 0 throughout.</param>
    /// <returns>[T, C].</returns>
    public override Tensor forward(PackedTokens input, Tensor? typeIds)
    {
        using var scope = NewDisposeScope();
        var positions = _positionOffset == 0 ? input.PositionIds : input.PositionIds + _positionOffset;
        var types = typeIds ?? zeros_like(input.TokenIds);
        var sum = word_embeddings.call(input.TokenIds) + position_embeddings.call(positions) + token_type_embeddings.call(types); // [T, E]
        var hidden = norm.call(dense is null ? sum : dense.call(sum).to_type(sum.dtype)); // [T, C]
        return nn.functional.dropout(hidden, _dropout, training).MoveToOuterDisposeScope();
    }
}

/// <summary>The BERT or RoBERTa encoder on packed tokens: embeddings, post-norm blocks and, in BERT, the pooler.</summary>
public sealed class LanguageEncoder : nn.Module<PackedTokens, Tensor?, Seed, Tensor>
{
    private readonly LanguageModelOptions _options;
    private readonly BackboneShell backbone;
    private readonly LinearLayer? pooler;

    public readonly LanguageEmbeddings embeddings;

    /// <param name="seed">Decides the weights, bit for bit.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public LanguageEncoder(LanguageModelOptions options, Seed seed)
        : base(nameof(LanguageEncoder))
    {
        if (options.Problems().FirstOrDefault() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }

        _options = options;
        embeddings = new LanguageEmbeddings(options, seed.Derive(nameof(embeddings)));
        backbone = new BackboneShell(options, seed.Derive(nameof(backbone)));
        pooler = options.Style == LanguageModelStyle.Bert ? new LinearLayer(options.Dim, options.EmbeddingDim, seed.Derive(nameof(pooler))) : null;
        RegisterComponents();
    }

    /// <param name="tokens">A batch whose positions (from 0) are below the model's longest sequence.</param>
    /// <param name="typeIds">[T] int64, the segment of each token; null for 0 throughout.</param>
    /// <param name="seed">Of this forward pass: decides hash signs and attention dropout. The other dropouts draw from torch's generator.</param>
    /// <returns>[T, C] in float32, or in the type of the weights.</returns>
    public override Tensor forward(PackedTokens tokens, Tensor? typeIds, Seed seed)
    {
        PackedTokenCheck.Check(tokens, _options.MaxLength, _options.VocabularySize);
        if (typeIds is not null && (typeIds.dim() != 1 || typeIds.shape[0] != tokens.Offsets.Total))
        {
            throw new ArgumentException($"type ids [{string.Join(", ", typeIds.shape)}] must be [{tokens.Offsets.Total}], the total of the offsets", nameof(typeIds));
        }

        using var scope = NewDisposeScope();
        return backbone.call(embeddings.call(tokens, typeIds), tokens, seed).MoveToOuterDisposeScope();
    }

    /// <summary>BERT's sentence vector: drop(tanh(pooler(first token))), [T, C] to [B, E].</summary>
    /// <exception cref="InvalidOperationException">RoBERTa has no pooler.</exception>
    public Tensor Pool(Tensor hidden, SequenceOffsets offsets)
    {
        if (pooler is null)
        {
            throw new InvalidOperationException("a RoBERTa encoder has no pooler");
        }

        using var scope = NewDisposeScope();
        var pooled = pooler.call(FirstTokens(hidden, offsets)).to_type(hidden.dtype).tanh();
        return nn.functional.dropout(pooled, _options.DropoutProbability, training).MoveToOuterDisposeScope();
    }

    /// <summary>The first token of each sequence, [T, C] to [B, C].</summary>
    /// <exception cref="ArgumentException">A sequence has no token.</exception>
    public static Tensor FirstTokens(Tensor hidden, SequenceOffsets offsets)
    {
        var rows = new long[offsets.Count];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = offsets.Length(i) > 0 ? offsets.Start(i) : throw new ArgumentException($"sequence {i} has no token", nameof(offsets));
        }

        using var scope = NewDisposeScope();
        return hidden.index_select(0, tensor(rows, device: hidden.device)).MoveToOuterDisposeScope();
    }
}
