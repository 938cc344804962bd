// SPDX-License-Identifier: MIT
using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Reformer (Kitaev et al., ICLR 2020, section 2).</summary>
public sealed record ReformerOptions : AttentionOptions
{
    /// <summary>Rounds of hashing (paper: n_rounds).</summary>
    public int HashCount { get; init; } = 2;

    /// <summary>Sorted tokens of a chunk; a token sees its own chunk and the one before (paper: m).</summary>
    public int ChunkLength { get; init; } = 64;

    public override IEnumerable<string> Problems()
    {
        foreach (var (name, value) in ((string, int)[])[(nameof(HashCount), HashCount), (nameof(ChunkLength), ChunkLength)])
        {
            if (value < 1)
            {
                yield return $"{name} is {value}; it must be at least 1";
            }
        }
    }
}

/// <summary>
/// Queries and keys are one: tokens are sorted by the bucket of a random rotation, and each attends to the sorted chunk that it is
/// in and the one before; rounds are mixed by their sums of weights. O(n log n) for the sort, O(n c d) time and O(n c) memory for the rest.
/// </summary>
/// <remarks>
/// As in the library that upstream uses: keys are unit queries without a further scale, a token sees itself only when it sees
/// nothing else, weights are masked by chunk and not by bucket, and a padded sequence of one chunk is attended to exactly. The key
/// projection is not used. Upstream's query and value projections have no biases here, ours keep theirs.
/// </remarks>
public sealed class ReformerAttention(ReformerOptions options) : AttentionMechanism(nameof(ReformerAttention))
{
    // R rounds, C chunks of W tokens.

    private const double SelfLogit = -1e5;

    internal override bool UsesKey => false;

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        using var scope = NewDisposeScope();
        if (context.PaddedLength <= options.ChunkLength)
        {
            var whole = SequenceGrid.Compact(context, query.device);
            return whole.Unpad(Exact(whole.Pad(query), whole.Pad(value), whole.Empty())).MoveToOuterDisposeScope();
        }

        long width = options.ChunkLength, chunks = (context.Offsets.MaxLength + width - 1) / width;
        // The first chunk looks back at the last one, which in a padded sequence holds no tokens unless all its chunks do.
        var paddedChunks = (context.PaddedLength + width - 1) / width;
        var grid = SequenceGrid.Compact(context, query.device, width, Math.Min(chunks + 1, paddedChunks));
        var (q, v, empty) = (grid.Pad(query), grid.Pad(value), grid.Empty()); // [B, H, N, D], [B, N]
        var order = SortedOrder(Buckets(q.detach(), context), empty); // [B, H, R, N]
        var (attended, logSum) = Chunks(q, v, empty, order);
        var back = order.argsort(-1);
        var rounds = Rows(attended, back); // [B, H, R, N, D]
        var shares = nn.functional.softmax(logSum.gather(3, back), 2); // [B, H, R, N]
        return grid.Unpad((rounds * shares.unsqueeze(-1)).sum(2)).MoveToOuterDisposeScope(); // [T, H, D]
    }

    /// <summary>The output and the log of the sum of its weights, both in sorted order: [B, H, R, N, D] and [B, H, R, N].</summary>
    private (Tensor Output, Tensor LogSum) Chunks(Tensor q, Tensor v, Tensor empty, Tensor order)
    {
        var shape = order.shape;
        long[] chunked = [shape[0], shape[1], shape[2] * shape[3] / options.ChunkLength, options.ChunkLength];
        var queries = Rows(q.unsqueeze(2).expand(-1, -1, shape[2], -1, -1), order).reshape([.. chunked, q.shape[3]]); // [B, H, RC, W, D]
        var keys = WithPrevious(UnitKeys(queries));
        var values = WithPrevious(Rows(v.unsqueeze(2).expand(-1, -1, shape[2], -1, -1), order).reshape([.. chunked, v.shape[3]]));
        var places = order.reshape(chunked); // [B, H, RC, W]
        var noKey = empty.view(shape[0], 1, 1, -1).expand(shape).gather(3, order).reshape(chunked);
        var logits = queries.matmul(keys.transpose(-2, -1)).Masked(WithPrevious(noKey).unsqueeze(3), MaskedLogit); // [B, H, RC, W, 2W]
        logits = logits.Masked(WithPrevious(places).unsqueeze(3).eq(places.unsqueeze(4)), SelfLogit);
        var logSum = logits.logsumexp(-1, keepdim: true);
        var output = (logits - logSum).exp().matmul(values);
        return (output.view([.. shape, v.shape[3]]), logSum.view(shape));
    }

    private static Tensor Exact(Tensor q, Tensor v, Tensor empty)
    {
        var self = eye(q.shape[2], dtype: @bool, device: q.device);
        var logits = q.matmul(UnitKeys(q).transpose(-2, -1)).Masked(empty.unsqueeze(1).unsqueeze(2), MaskedLogit).Masked(self, SelfLogit);
        return nn.functional.softmax(logits, -1).matmul(v);
    }

    /// <summary>Chunks of [B, H, RC, W, ..] side by side with the one before, the first with the last: [B, H, RC, 2W, ..].</summary>
    private static Tensor WithPrevious(Tensor chunks) => cat([chunks.roll(1, 2), chunks], 3);

    private static Tensor UnitKeys(Tensor q) => q * (q * q).sum(-1, keepdim: true).Plus(1e-6 * q.shape[^1]).rsqrt();

    /// <summary>Rows of [B, H, R, N, D] in the given order, [B, H, R, N].</summary>
    private static Tensor Rows(Tensor x, Tensor order) => x.gather(3, order.unsqueeze(-1).expand(-1, -1, -1, -1, x.shape[4]));

    /// <summary>Which token stands at each sorted place: by bucket, then by position; empty places come last.</summary>
    private static Tensor SortedOrder(Tensor buckets, Tensor empty)
    {
        var length = buckets.shape[3];
        var masked = buckets.masked_fill(empty.view(empty.shape[0], 1, 1, length), int.MaxValue);
        return (masked * length + arange(length, int64, buckets.device)).argsort(-1);
    }

    /// <summary>The bucket of each token and round, [B, H, R, N] int64: the nearest of ± the axes of a random rotation.</summary>
    internal Tensor Buckets(Tensor q, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(context.Seed.Derive("rotations").Value >> 1, q.device);
        var result = zeros([q.shape[0], q.shape[1], options.HashCount, q.shape[2]], int64, q.device);
        var product = 1L;
        foreach (var count in BucketFactors(context.PaddedLength))
        {
            // The same rotations for all sequences, others for each head and round.
            var rotation = randn([q.shape[1], options.HashCount, q.shape[3], count / 2], device: q.device, generator: generator).to_type(q.dtype);
            var rotated = q.unsqueeze(2).matmul(rotation); // [B, H, R, N, count / 2]
            result += cat([rotated, -rotated], -1).argmax(-1) * product;
            product *= count;
        }

        return result.MoveToOuterDisposeScope();
    }

    /// <summary>About two buckets a chunk, a power of two; when they are many, as the product of two hashes, as in the library.</summary>
    internal long[] BucketFactors(int paddedLength)
    {
        var chunks = paddedLength / options.ChunkLength;
        var power = BitOperations.Log2((uint)Math.Max(1, 2 * chunks));
        var limit = 2 * Math.Max((int)Math.Sqrt(chunks), options.ChunkLength);
        return 1L << power <= limit ? [Math.Max(2, 1L << power)] : [1L << (power / 2), 1L << (power - power / 2)];
    }
}
