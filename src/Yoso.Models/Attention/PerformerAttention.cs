// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>The function of the random projections whose inner products are the attention weights.</summary>
public enum PerformerKernel
{
    /// <summary>FAVOR+, positive features of the softmax kernel (the paper's lemma 1).</summary>
    Softmax,

    /// <summary>Generalised attention: the projections' positive parts.</summary>
    Relu,
}

/// <summary>Performer (Choromanski et al., ICLR 2021).</summary>
/// <remarks>
/// Upstream's configurations say "relu" but hand it to a library that reads it only for generalised attention, which they do not
/// ask for: what they trained is <see cref="PerformerKernel.Softmax"/>, the default here.
/// </remarks>
public sealed record PerformerOptions : AttentionOptions
{
    /// <summary>Random features (paper: m; upstream: rp_dim).</summary>
    public int FeatureCount { get; init; } = 256;

    /// <summary>That of the model; the features are drawn for it when the module is made.</summary>
    public int HeadDim { get; init; } = 32;

    public PerformerKernel Kernel { get; init; } = PerformerKernel.Softmax;

    /// <summary>A masked position counts as a zero key with a zero value, which shrinks the output of sequences with many, as upstream.</summary>
    public bool MaskedKeysCount { get; init; } = true;

    public override IEnumerable<string> Problems()
    {
        foreach (var (name, value) in ((string, int)[])[(nameof(FeatureCount), FeatureCount), (nameof(HeadDim), HeadDim)])
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1";
            }
        }
    }
}

/// <summary>
/// φ(q) (φ(k)' v) / (φ(q) Σ φ(k)) with random features φ, whose products estimate exp(q·k / d) without bias. O(n m d) time, O(n m) memory.
/// </summary>
/// <remarks>
/// The logits are q·k / d and not q·k / √d: upstream scales by d^-1/4 and its library does so once more. The projections are
/// orthogonal in blocks of d, drawn once from the seed and the same for all heads.
/// </remarks>
public sealed class PerformerAttention : AttentionMechanism
{
    // The library's, added to each feature so that no sum of weights vanishes.
    private const double SoftmaxEpsilon = 1e-4, ReluEpsilon = 1e-3;
    private readonly PerformerOptions _options;
    private readonly PerformerProjection attn_fn;

    public PerformerAttention(PerformerOptions options, Seed seed)
        : base(nameof(PerformerAttention))
    {
        _options = options;
        attn_fn = new PerformerProjection(options.FeatureCount, options.HeadDim, seed.Derive(nameof(attn_fn)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        if (query.shape[2] != _options.HeadDim)
        {
            throw new ArgumentException($"heads of {query.shape[2]} do not fit features for {_options.HeadDim}", nameof(query));
        }

        using var scope = NewDisposeScope();
        var grid = SequenceGrid.Compact(context, query.device);
        var empty = grid.Empty().view(grid.Count, 1, grid.Length, 1);
        var masked = (context.PaddedLength - SequenceGrid.Lengths(context, query.device)).view(-1, 1, 1, 1).to_type(value.dtype)
            * (_options.MaskedKeysCount ? 1 : 0); // [B, 1, 1, 1]
        var queries = grid.Pad(QueryFeatures(query)); // [B, H, N, M]
        var (keys, maskedKey) = KeyFeatures(grid.Pad(key), empty, masked); // [B, H, N, M], [B, H, 1, M]
        var sum = keys.sum(-2, keepdim: true) + masked * maskedKey; // [B, H, 1, M]
        var values = keys.transpose(-2, -1).matmul(grid.Pad(value)); // [B, H, M, D]
        var output = queries.matmul(values) / queries.matmul(sum.transpose(-2, -1)).Masked(empty, 1);
        return grid.Unpad(output).MoveToOuterDisposeScope(); // [T, H, D]
    }

    /// <summary>Each query is scaled by its largest feature, which the quotient cancels.</summary>
    private Tensor QueryFeatures(Tensor query)
    {
        var (projected, half) = attn_fn.call(query);
        return _options.Kernel == PerformerKernel.Relu
            ? nn.functional.relu(projected) + ReluEpsilon
            : (projected - half - projected.amax([-1], keepdim: true)).exp() + SoftmaxEpsilon;
    }

    /// <summary>Features of the keys, 0 in empty places, and those of a masked key.</summary>
    private (Tensor Keys, Tensor Masked) KeyFeatures(Tensor key, Tensor empty, Tensor masked)
    {
        var (projected, half) = attn_fn.call(key); // [B, H, N, M], [B, H, N, 1]
        if (_options.Kernel == PerformerKernel.Relu)
        {
            return (nn.functional.relu(projected).Plus(ReluEpsilon).Masked(empty, 0), full([1, 1, 1, 1], ReluEpsilon, key.dtype, key.device));
        }

        // A common factor of all keys of a sequence, which the quotient cancels but for the epsilon; a masked key's projection is 0.
        var largest = projected.Masked(empty, double.NegativeInfinity).amax([-1, -2], keepdim: true); // [B, H, 1, 1]
        largest = where(masked.gt(0).logical_or(largest.isinf()), largest.clamp(min: 0), largest);
        return ((projected - half - largest).exp().Plus(SoftmaxEpsilon).Masked(empty, 0), (-largest).exp().Plus(SoftmaxEpsilon));
    }
}

/// <summary>Random directions, orthogonal in blocks of d, with the lengths of Gaussian vectors; no gradient flows to them.</summary>
internal sealed class PerformerProjection : nn.Module<Tensor, (Tensor Projected, Tensor HalfSquare)>
{
    /// <summary>[M, D]; a buffer.</summary>
    private readonly Tensor projection_matrix;

    public PerformerProjection(int features, int headDim, Seed seed)
        : base(nameof(PerformerProjection))
    {
        projection_matrix = tensor(OrthogonalRows.Gaussian(features, headDim, seed), [features, headDim]).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <summary>[.., D] to [.., M] projections of x / √d, and half the squared length of x / √d.</summary>
    public override (Tensor Projected, Tensor HalfSquare) forward(Tensor x)
    {
        var scaled = x.Over(Math.Sqrt(x.shape[^1]));
        return (scaled.matmul(projection_matrix.transpose(0, 1)), (scaled * scaled).sum(-1, keepdim: true).Over(2));
    }
}
