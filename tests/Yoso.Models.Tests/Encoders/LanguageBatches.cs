// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>Small language models and sentence batches, the same at every run.</summary>
internal static class LanguageBatches
{
    public static LanguageModelOptions Small(LanguageModelStyle style, AttentionOptions attention) => new()
    {
        Style = style, VocabularySize = 30, Attention = attention, MaxLength = 24, EmbeddingDim = 16, Dim = 16, HiddenDim = 24, HeadCount = 2, HeadDim = 8, LayerCount = 2,
    };

    /// <summary>Sequences without gaps; the second half of each has type 1 where the style has two.</summary>
    public static (PackedTokens Tokens, Tensor? Types) Tokens(LanguageModelOptions options, params int[] lengths)
    {
        var random = new Random(5);
        var total = lengths.Sum();
        var ids = Enumerable.Range(0, total).Select(_ => (long)random.Next(1, options.VocabularySize)).ToArray();
        var positions = lengths.SelectMany(n => Enumerable.Range(0, n).Select(i => (long)i)).ToArray();
        var types = lengths.SelectMany(n => Enumerable.Range(0, n).Select(i => i < n / 2 ? 0L : 1L)).ToArray();
        var tokens = new PackedTokens(tensor(ids), tensor(positions), SequenceOffsets.FromLengths(lengths), options.MaxLength);
        return (tokens, options.Style == LanguageModelStyle.Bert ? tensor(types) : null);
    }

    /// <summary>[B, N] ids (padded with 0), types and mask.</summary>
    public static (Tensor Ids, Tensor Types, Tensor Mask) Pad(PackedTokens tokens, Tensor? types)
    {
        var shape = new long[] { tokens.Offsets.Count, tokens.PaddedLength };
        var (ids, typeIds, mask) = (zeros(shape, int64), zeros(shape, int64), zeros(shape, float64));
        for (var i = 0; i < tokens.Offsets.Count; i++)
        {
            var (start, length) = (tokens.Offsets.Start(i), tokens.Offsets.Length(i));
            ids[i].narrow(0, 0, length).copy_(tokens.TokenIds.narrow(0, start, length));
            mask[i].narrow(0, 0, length).fill_(1);
            if (types is not null)
            {
                typeIds[i].narrow(0, 0, length).copy_(types.narrow(0, start, length));
            }
        }

        return (ids, typeIds, mask);
    }
}
