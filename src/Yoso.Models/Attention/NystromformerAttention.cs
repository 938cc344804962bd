// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>By what the iteration towards the inverse of the landmarks' weights begins to be scaled.</summary>
public enum NystromInverseScale
{
    /// <summary>The largest column sum in the whole batch, as upstream: what else is in a batch then slightly changes a sequence's output.</summary>
    Batch,

    /// <summary>The largest column sum of each head and sequence.</summary>
    Matrix,
}

/// <summary>Nyströmformer (Xiong et al., AAAI 2021, algorithm 1).</summary>
public sealed record NystromformerOptions : AttentionOptions
{
    /// <summary>Landmarks (paper: m). A padded sequence that is not longer has exact softmax attention instead.</summary>
    public int LandmarkCount { get; init; } = 64;

    /// <summary>Steps of the iterative pseudo-inverse.</summary>
    public int InverseIterations { get; init; } = 6;

    public NystromInverseScale InverseScale { get; init; } = NystromInverseScale.Batch;

    /// <summary>Positions that the depthwise convolution of the values spans; null for none.</summary>
    public int? ConvWindow { get; init; }

    public override IEnumerable<string> Problems()
    {
        foreach (var (name, value) in ((string, int)[])[(nameof(LandmarkCount), LandmarkCount), (nameof(InverseIterations), InverseIterations)])
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1";
            }
        }

        foreach (var problem in ConvProblems(ConvWindow))
        {
            yield return problem;
        }
    }
}

/// <summary>
/// softmax(q l_k') softmax(l_q l_k')⁺ softmax(l_q k') v with landmarks l, the means of equal segments of the queries and keys:
/// the Nyström approximation of softmax attention. O(n m d) time, O(n m) memory.
/// </summary>
/// <remarks>
/// Segments are those of the padded sequence, and a masked position counts as a zero vector in its landmark, as upstream. A
/// padded length that the landmarks do not divide is continued with empty positions; upstream stops there.
/// </remarks>
public sealed class NystromformerAttention : AttentionMechanism
{
    private readonly NystromformerOptions _options;
    private readonly DepthwiseConvolution? conv;

    public NystromformerAttention(NystromformerOptions options, int headCount, Seed seed)
        : base(nameof(NystromformerAttention))
    {
        _options = options;
        conv = options.ConvWindow is { } window ? new DepthwiseConvolution(headCount, window, seed.Derive(nameof(conv))) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        using var scope = NewDisposeScope();
        var scale = Math.Pow(query.shape[2], -0.25);
        var grid = SequenceGrid.Compact(context, query.device);
        var (scaledQuery, scaledKey) = (query * scale, key * scale);
        var (q, k, v) = (grid.Pad(scaledQuery), grid.Pad(scaledKey), grid.Pad(value)); // [B, H, N, D]
        var empty = grid.Empty().view(grid.Count, 1, 1, grid.Length);
        Tensor output;
        if (context.PaddedLength <= _options.LandmarkCount)
        {
            output = Weights(q, k, empty).matmul(v);
        }
        else
        {
            var (queries, keys) = (Landmarks(scaledQuery, context), Landmarks(scaledKey, context)); // [B, H, M, D]
            var inverse = Inverse(Weights(queries, keys)); // [B, H, M, M]
            output = Weights(q, keys).matmul(inverse).matmul(Weights(queries, k, empty).matmul(v));
        }

        var packed = grid.Unpad(output); // [T, H, D]
        return (conv is null ? packed : conv.call(packed, value, context)).MoveToOuterDisposeScope();
    }

    private static Tensor Weights(Tensor query, Tensor key, Tensor? empty = null)
    {
        var logits = query.matmul(key.transpose(-2, -1));
        return nn.functional.softmax(empty is null ? logits : logits.Masked(empty, MaskedLogit), -1);
    }

    private Tensor Landmarks(Tensor packed, AttentionContext context)
    {
        long count = _options.LandmarkCount, segment = (context.PaddedLength + count - 1) / count;
        var (sequences, shape) = (context.Offsets.Count, packed.shape);
        var rows = context.Offsets.RowSequences(packed.device).Times(count) + context.PositionIds.div(segment, RoundingMode.floor); // [T]
        return packed.SumRows(rows, sequences * count).Over(segment)
            .view(sequences, count, shape[1], shape[2]).transpose(1, 2);
    }

    /// <summary>Pseudo-inverse of [B, H, M, M] by the paper's iteration of third order (its equation 11).</summary>
    private Tensor Inverse(Tensor matrix)
    {
        var identity = eye(matrix.shape[^1], dtype: matrix.dtype, device: matrix.device);
        var columns = matrix.sum(-2); // [B, H, M]; rows sum to 1, so only columns bound the norm
        var norm = _options.InverseScale == NystromInverseScale.Batch ? columns.max() : columns.amax([-1], keepdim: true).unsqueeze(-1);
        var inverse = matrix.transpose(-2, -1) / norm;
        for (var i = 0; i < _options.InverseIterations; i++)
        {
            var product = matrix.matmul(inverse);
            var third = identity.Times(15) - product.matmul(identity.Times(7) - product);
            inverse = inverse.Times(0.25).matmul(identity.Times(13) - product.matmul(third));
        }

        return inverse;
    }
}
