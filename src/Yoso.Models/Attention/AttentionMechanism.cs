// SPDX-License-Identifier: MIT
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>What a mechanism needs to know of a packed batch beside query, key and value.</summary>
/// <param name="PositionIds">[T] int64, positions in the padded sequence.</param>
/// <param name="Seed">The layer's seed for this forward pass: hash signs and attention dropout derive from it.</param>
public sealed record AttentionContext(SequenceOffsets Offsets, Tensor PositionIds, int PaddedLength, Seed Seed, bool Training);

/// <summary>Attention on packed tokens: query, key and value [T, H, D] to [T, H, D]; no sequence sees another.</summary>
public abstract class AttentionMechanism(string name) : nn.Module<Tensor, Tensor, Tensor, AttentionContext, Tensor>(name)
{
    /// <summary>The logit of a key that is not there: no weight, and no NaN where all are masked.</summary>
    private protected const double MaskedLogit = -1e9;

    /// <summary>The module of the given options.</summary>
    /// <param name="dropoutProbability">Of attention weights; only softmax and Longformer have them dropped, as upstream.</param>
    /// <param name="seed">Of the initial weights.</param>
    /// <param name="first">The first layer's mechanism, for those that share weights over layers (Linformer); null in the first layer.</param>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public static AttentionMechanism Create(
        AttentionOptions options, int headCount, double dropoutProbability, Seed seed, AttentionMechanism? first = null)
    {
        if (options.Problems().FirstOrDefault() is { } problem)
        {
            throw new ArgumentException($"{options.GetType().Name}: {problem}", nameof(options));
        }

        return options switch
        {
            NoneOptions => new NoneAttention(),
            SoftmaxOptions => new SoftmaxAttention(dropoutProbability),
            YosoExpectationOptions expectation => new YosoExpectationAttention(expectation, headCount, seed),
            YosoOptions sampled => new YosoAttention(sampled, headCount, seed),
            NystromformerOptions nystrom => new NystromformerAttention(nystrom, headCount, seed),
            LongformerOptions longformer => new LongformerAttention(longformer, dropoutProbability),
            LinformerOptions linformer => new LinformerAttention(linformer, headCount, seed, first as LinformerAttention),
            ReformerOptions reformer => new ReformerAttention(reformer),
            PerformerOptions performer => new PerformerAttention(performer, seed),
            LinearOptions => new LinearAttention(),
            _ => throw new ArgumentException($"no attention mechanism for {options.GetType().Name}", nameof(options)),
        };
    }

    /// <summary>False where the query is the key, so that no key need be projected; the call then takes anything of its shape.</summary>
    internal virtual bool UsesKey => true;

    /// <exception cref="ArgumentException">Names the actual shapes.</exception>
    private protected static void CheckShapes(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        var shape = query.shape;
        if (shape.Length != 3 || shape[0] != context.Offsets.Total || !shape.SequenceEqual(key.shape) || !shape.SequenceEqual(value.shape))
        {
            throw new ArgumentException(
                $"query [{string.Join(", ", shape)}], key [{string.Join(", ", key.shape)}] and value [{string.Join(", ", value.shape)}] " +
                $"must all be [T, H, D] with T = {context.Offsets.Total}, the total of the offsets");
        }
    }
}
