// SPDX-License-Identifier: MIT
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Longformer (Beltagy et al., arXiv 2004.05150, sections 3.1 and 3.2).</summary>
public sealed record LongformerOptions : AttentionOptions
{
    /// <summary>Positions a token sees beside itself, half of them on each side (paper: w).</summary>
    public int WindowSize { get; init; } = 128;

    /// <summary>The token at position 0, where it counts, sees all and is seen by all (upstream: first_token_view).</summary>
    public bool FirstTokenIsGlobal { get; init; } = true;

    public override IEnumerable<string> Problems() =>
        WindowSize < 2 || WindowSize % 2 != 0 ? [$"WindowSize is {WindowSize}; it must be even and at least 2"] : [];
}

/// <summary>
/// Scaled dot-product attention in a window of positions, with a global first token that has the same projections as all others.
/// Attention weights are dropped in training. O(n w d) time, O(n w) memory.
/// </summary>
/// <remarks>
/// Windows are of positions of the padded sequence. Upstream's global token is position 0 even where that is masked (a black first
/// pixel); here a masked token is never seen.
/// </remarks>
public sealed class LongformerAttention(LongformerOptions options, double dropoutProbability) : AttentionMechanism(nameof(LongformerAttention))
{
    // C chunks of W places, the half window; a chunk's queries see three chunks of keys.

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        using var scope = NewDisposeScope();
        var half = options.WindowSize / 2;
        var grid = SequenceGrid.Compact(context, query.device, Math.Clamp(context.Offsets.MaxLength, 1, half));
        var dropout = new AttentionDropout(dropoutProbability, context);
        var positions = grid.Pad(context.PositionIds, -1); // [B, N], -1 where there is no token
        var (q, k, v) = (grid.Pad(query.Over(Math.Sqrt(query.shape[2]))), grid.Pad(key), grid.Pad(value)); // [B, H, N, D]
        // The first token of a sequence is the global one if it stands at position 0.
        var isGlobal = options.FirstTokenIsGlobal ? positions.eq(0) : zeros_like(positions, @bool); // [B, N]
        var output = Local(q, k, v, positions, isGlobal, half, dropout); // [B, H, N, D]
        if (options.FirstTokenIsGlobal)
        {
            var everywhere = Global(q.narrow(2, 0, 1), k, v, positions.lt(0), dropout); // [B, H, 1, D]
            output = where(isGlobal.unsqueeze(1).unsqueeze(3), everywhere, output);
        }

        return grid.Unpad(output).MoveToOuterDisposeScope(); // [T, H, D]
    }

    private static Tensor Global(Tensor first, Tensor k, Tensor v, Tensor empty, AttentionDropout dropout)
    {
        var logits = first.matmul(k.transpose(-2, -1)).Masked(empty.unsqueeze(1).unsqueeze(2), MaskedLogit); // [B, H, 1, N]
        return dropout.Apply(nn.functional.softmax(logits, -1), 0).matmul(v);
    }

    private static Tensor Local(Tensor q, Tensor k, Tensor v, Tensor positions, Tensor isGlobal, int half, AttentionDropout dropout)
    {
        var shape = q.shape;
        var width = Math.Min(shape[2], half);
        var chunks = shape[2] / width;
        var queries = q.reshape(shape[0], shape[1], chunks, width, shape[3]); // [B, H, C, W, D]
        var logits = queries.matmul(Neighbours(k, 2, chunks, width).transpose(-2, -1)); // [B, H, C, W, 3W]
        // An empty place or the global token stands far away, so that windows need no second mask.
        var keyPositions = Neighbours(positions.masked_fill(positions.lt(0).logical_or(isGlobal), FarAway), 1, chunks, width, FarAway); // [B, C, 3W]
        var queryPositions = positions.view(shape[0], chunks, width, 1); // [B, C, W, 1]
        var unseen = (keyPositions.unsqueeze(2) - queryPositions).abs().gt(half); // [B, C, W, 3W]
        logits = logits.Masked(unseen.unsqueeze(1), MaskedLogit);
        var toGlobal = queries.matmul(k.narrow(2, 0, 1).unsqueeze(2).transpose(-2, -1)); // [B, H, C, W, 1]
        toGlobal = toGlobal.Masked(isGlobal.narrow(1, 0, 1).logical_not().view(-1, 1, 1, 1, 1), MaskedLogit);
        var weights = dropout.Apply(nn.functional.softmax(cat([toGlobal, logits], -1), -1), 1);
        var local = weights.narrow(-1, 1, logits.shape[^1]).matmul(Neighbours(v, 2, chunks, width)); // [B, H, C, W, D]
        return (local + weights.narrow(-1, 0, 1) * v.narrow(2, 0, 1).unsqueeze(2)).view(shape);
    }

    private const long FarAway = int.MinValue;

    /// <summary>[.., N, ..] cut into chunks of which each comes with the one before and the one after: [.., C, 3W, ..].</summary>
    private static Tensor Neighbours(Tensor x, int dim, long chunks, long width, double padding = 0)
    {
        long[] edge = x.shape;
        edge[dim] = width;
        var end = full(edge, padding, x.dtype, x.device);
        var padded = cat([end, x, end], dim).unflatten(dim, [chunks + 2, width]);
        return cat([padded.narrow(dim, 0, chunks), padded.narrow(dim, 1, chunks), padded.narrow(dim, 2, chunks)], dim + 1);
    }
}
