// SPDX-License-Identifier: MIT
using Yoso.Models.Heads;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>
/// The steps of the Long Range Arena encoder on packed tokens, in plain TorchSharp: the references of fused kernels, each of which
/// may replace one step. Attention itself is the mechanism's.
/// </summary>
/// <remarks>Legend: T tokens, C model dimension, H heads, D head dimension. Dropout draws from torch's generator.</remarks>
internal static class BlockFunctions
{
    /// <summary>dropout(word row + position row) of each token: [T, C].</summary>
    public static Tensor Embed(PackedTokens tokens, EmbeddingTable words, EmbeddingTable positions, double dropout, bool training)
    {
        using var scope = NewDisposeScope();
        var sum = words.call(tokens.TokenIds) + positions.call(tokens.PositionIds);
        return nn.functional.dropout(sum, dropout, training).MoveToOuterDisposeScope();
    }

    /// <summary>Layer norm, then the mean over each sequence: [T, C] to [B, C].</summary>
    public static Tensor NormPool(Tensor input, LayerNormalization norm, PackedTokens tokens, MeanDivisor divisor)
    {
        using var scope = NewDisposeScope();
        return ClassificationHead.Pool(norm.call(input), tokens, divisor).MoveToOuterDisposeScope();
    }

    /// <summary>Layer norm, then query, key and value: [T, C] to three of [T, H, D].</summary>
    public static (Tensor Query, Tensor Key, Tensor Value) NormProjection(Tensor input, LayerNormalization norm, AttentionBlock block)
    {
        using var scope = NewDisposeScope();
        var normalized = norm.call(input);
        var query = Heads(block.W_q.call(normalized), block.HeadCount);
        var key = Heads(block.W_k.call(normalized), block.HeadCount);
        var value = Heads(block.W_v.call(normalized), block.HeadCount);
        return scope.MoveToOuter(query, key, value);
    }

    /// <summary>input + dropout(output projection of the heads): [T, H, D] and [T, C] to [T, C].</summary>
    public static Tensor ProjectionResidual(Tensor heads, Tensor input, LinearLayer projection, double dropout, bool training)
    {
        using var scope = NewDisposeScope();
        var projected = projection.call(heads.flatten(1, 2));
        return (input + nn.functional.dropout(projected, dropout, training)).MoveToOuterDisposeScope();
    }

    /// <summary>input + dropout(W₂ dropout(GELU(W₁ norm(input)))): [T, C] to [T, C].</summary>
    public static Tensor MlpResidual(Tensor input, LayerNormalization norm, MlpBlock mlp, double dropout, bool training)
    {
        using var scope = NewDisposeScope();
        var hidden = nn.functional.gelu(mlp.first.call(norm.call(input)));
        var output = mlp.second.call(nn.functional.dropout(hidden, dropout, training));
        return (input + nn.functional.dropout(output, dropout, training)).MoveToOuterDisposeScope();
    }

    private static Tensor Heads(Tensor projected, int count) => projected.view(projected.shape[0], count, projected.shape[1] / count);
}
