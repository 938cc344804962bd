// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Models.Attention;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>Token and position tables and the dropout after their sum.</summary>
public sealed class LraEmbeddings : nn.Module<PackedTokens, Seed, Tensor>
{
    private readonly double _dropout;
    private readonly EmbeddingTable word_embeddings;
    private readonly EmbeddingTable position_embeddings;

    public LraEmbeddings(LraClassifierOptions options, Seed seed)
        : base(nameof(LraEmbeddings))
    {
        _dropout = options.DropoutProbability;
        word_embeddings = new EmbeddingTable(options.VocabularySize, options.Dim, seed.Derive(nameof(word_embeddings)));
        position_embeddings = new EmbeddingTable(options.PositionCount, options.Dim, seed.Derive(nameof(position_embeddings)));
        RegisterComponents();
    }

    /// <param name="seed">Decides the dropout of the fused kernel; the reference draws it from torch's generator.</param>
    /// <returns>[T, C].</returns>
    public override Tensor forward(PackedTokens input, Seed seed) => input.Offsets.Total > 0 && CpuTensors.Fit(word_embeddings.weight)
        ? CpuTokenEmbedding.Apply(input, word_embeddings, position_embeddings, training ? _dropout : 0, seed)
        : BlockFunctions.Embed(input, word_embeddings, position_embeddings, _dropout, training);
}

/// <summary>The Long Range Arena encoder: embeddings, pre-norm blocks, final norm and the mean over each sequence. Packed tokens to [B, C].</summary>
public sealed class LraEncoder : nn.Module<PackedTokens, Seed, Tensor>
{
    private readonly LraClassifierOptions _options;
    private readonly LraEmbeddings embeddings;
    private readonly ModuleList<EncoderBlock>? encoders;
    private readonly EncoderBlock? encoder;
    private readonly LayerNormalization norm;

    public LraEncoder(LraClassifierOptions options, Seed seed)
        : base(nameof(LraEncoder))
    {
        _options = options;
        embeddings = new LraEmbeddings(options, seed.Derive(nameof(embeddings)));
        if (options.SharedWeights)
        {
            encoder = new EncoderBlock(options, seed.Derive(nameof(encoder)));
        }
        else
        {
            var blocks = new List<EncoderBlock>();
            for (var i = 0; i < options.LayerCount; i++)
            {
                blocks.Add(new EncoderBlock(options, seed.Derive(nameof(encoders)).Derive(i), blocks.FirstOrDefault()));
            }

            encoders = nn.ModuleList([.. blocks]);
        }

        norm = new LayerNormalization(options.Dim);
        RegisterComponents();
    }

    /// <param name="tokens">A batch whose positions fit the position table.</param>
    /// <param name="seed">Of this forward pass; layer i hashes with seed.Derive(i).</param>
    public override Tensor forward(PackedTokens tokens, Seed seed)
    {
        PackedTokenCheck.Check(tokens, _options.PositionCount, _options.VocabularySize);
        using var scope = NewDisposeScope();
        var hidden = embeddings.call(tokens, seed.Derive("embedding-dropout")); // [T, C]
        for (var layer = 0; layer < _options.LayerCount; layer++)
        {
            var context = new AttentionContext(tokens.Offsets, tokens.PositionIds, tokens.PaddedLength, seed.Derive(layer), training);
            hidden = (encoder ?? encoders![layer]).call(hidden, context);
        }

        var fused = tokens.Offsets.Total > 0 && CpuTensors.Fit(hidden) && CpuTensors.Fit(_options.Dim);
        var pooled = fused ? CpuNormPool.Apply(hidden, norm, tokens, _options.MeanDivisor) : BlockFunctions.NormPool(hidden, norm, tokens, _options.MeanDivisor);
        return pooled.MoveToOuterDisposeScope(); // [B, C]
    }
}
