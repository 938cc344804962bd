// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>
/// The efficient mechanisms on padded batches with n x n weights, as their papers (and upstream, where it differs) state them:
/// query, key, value [B, H, N, D] and mask [B, N] to [B, H, N, D], in float64.
/// </summary>
internal static class PaddedMechanisms
{
    public static Tensor Linear(Tensor q, Tensor k, Tensor v, Tensor mask)
    {
        var weights = (nn.functional.elu(q, 1) + 1).matmul((nn.functional.elu(k, 1) + 1).transpose(-2, -1)) * mask.unsqueeze(1).unsqueeze(2);
        return weights.matmul(v) / Math.Sqrt(q.shape[2]);
    }

    /// <param name="projection">[H, K, positions].</param>
    public static Tensor Linformer(Tensor q, Tensor k, Tensor v, Tensor mask, Tensor projection)
    {
        var kept = projection.narrow(2, 0, q.shape[2]).unsqueeze(0) * mask.unsqueeze(1).unsqueeze(2); // [B, H, K, N]
        return nn.functional.softmax(q.matmul(kept.matmul(k).transpose(-2, -1)) / Math.Sqrt(q.shape[3]), -1).matmul(kept.matmul(v));
    }

    public static Tensor Longformer(Tensor q, Tensor k, Tensor v, Tensor mask, LongformerOptions options)
    {
        var places = arange(q.shape[2], float64);
        var (row, column) = (places.unsqueeze(1), places.unsqueeze(0));
        var near = (row - column).abs().le(options.WindowSize / 2);
        var seen = (options.FirstTokenIsGlobal ? near.logical_or(row.eq(0)).logical_or(column.eq(0)) : near).logical_and(mask.unsqueeze(1).ne(0)); // [B, N, N]
        var logits = q.matmul(k.transpose(-2, -1)) / Math.Sqrt(q.shape[3]);
        return nn.functional.softmax(logits.masked_fill(seen.logical_not().unsqueeze(1), -1e9), -1).matmul(v);
    }

    public static Tensor Nystromformer(Tensor q, Tensor k, Tensor v, Tensor mask, NystromformerOptions options)
    {
        var scale = Math.Sqrt(Math.Sqrt(q.shape[3]));
        var (queries, keys) = (q / scale * mask.unsqueeze(1).unsqueeze(3), k / scale * mask.unsqueeze(1).unsqueeze(3));
        var noKey = mask.eq(0).unsqueeze(1).unsqueeze(2);
        Tensor Softmax(Tensor a, Tensor b, bool masked)
        {
            var logits = a.matmul(b.transpose(-2, -1));
            return nn.functional.softmax(masked ? logits.masked_fill(noKey, -1e9) : logits, -1);
        }

        var count = options.LandmarkCount;
        if (q.shape[2] <= count)
        {
            return Softmax(queries, keys, true).matmul(v);
        }

        var (toSegments, segment) = (zeros(count, q.shape[2], dtype: float64), (q.shape[2] + count - 1) / count);
        for (long i = 0; i < q.shape[2]; i++)
        {
            toSegments[i / segment, i] = 1.0 / segment;
        }

        var (l, m) = (toSegments.matmul(queries), toSegments.matmul(keys));
        var a = Softmax(l, m, false);
        var norm = options.InverseScale == NystromInverseScale.Batch ? a.sum(-2).max() : a.sum(-2).amax([-1]).unsqueeze(-1).unsqueeze(-1);
        var (z, one) = (a.transpose(-2, -1) / norm, eye(count, dtype: float64));
        for (var i = 0; i < options.InverseIterations; i++)
        {
            var az = a.matmul(z);
            z = z.matmul(13 * one - az.matmul(15 * one - az.matmul(7 * one - az))) / 4;
        }

        return Softmax(queries, m, false).matmul(z).matmul(Softmax(l, keys, true)).matmul(v);
    }

    /// <param name="directions">[M, D].</param>
    public static Tensor Performer(Tensor q, Tensor k, Tensor v, Tensor mask, PerformerOptions options, Tensor directions)
    {
        var keep = mask.unsqueeze(1).unsqueeze(3); // [B, 1, N, 1]
        Tensor Features(Tensor x, Func<Tensor, Tensor> largest)
        {
            var scaled = x / Math.Sqrt(x.shape[3]);
            var projected = scaled.matmul(directions.transpose(0, 1));
            return options.Kernel == PerformerKernel.Relu
                ? nn.functional.relu(projected) + 1e-3
                : (projected - scaled.square().sum(-1, keepdim: true) / 2 - largest(projected)).exp() + 1e-4;
        }

        var counted = options.MaskedKeysCount ? ones_like(keep) : keep;
        var queries = Features(q, p => p.amax([-1], keepdim: true));
        var keys = Features(k * keep, p => p.masked_fill(counted.eq(0), double.NegativeInfinity).amax([-1, -2], keepdim: true).nan_to_num(0, 0, 0)) * counted;
        var weights = queries.matmul(keys.transpose(-2, -1)); // [B, H, N, N]
        return (weights / weights.sum(-1, keepdim: true).clamp(min: 1e-300)).matmul(v * keep);
    }

    /// <param name="buckets">[B, H, R, N].</param>
    public static Tensor Reformer(Tensor q, Tensor v, Tensor mask, ReformerOptions options, Tensor buckets)
    {
        var keys = q / (q.square().sum(-1, keepdim: true) + 1e-6 * q.shape[3]).sqrt();
        var logits = q.matmul(keys.transpose(-2, -1)).masked_fill(eye(q.shape[2], dtype: @bool), -1e5).unsqueeze(2); // [B, H, 1, N, N]
        var seen = q.shape[2] <= options.ChunkLength
            ? mask.view(mask.shape[0], 1, 1, 1, -1).expand(-1, q.shape[1], 1, q.shape[2], -1)
            : Seen(buckets, mask, options.ChunkLength); // [B, H, R, N, N], how often a query sees a key
        var all = (logits + seen.log().clamp(min: -1e9)).masked_fill(seen.eq(0), -1e9); // over all rounds and keys at once
        var weights = nn.functional.softmax(all.transpose(2, 3).flatten(3, 4), -1); // [B, H, N, RN]
        return weights.matmul(v.repeat(1, 1, seen.shape[2], 1));
    }

    /// <summary>By sorting in plain C#: tokens by bucket and position, masked ones last; chunk c sees itself and the chunk before, over the rounds in a circle.</summary>
    private static Tensor Seen(Tensor buckets, Tensor mask, int chunk)
    {
        var shape = buckets.shape;
        var (codes, kept) = (buckets.data<long>().ToArray(), mask.data<double>().ToArray());
        int rounds = (int)shape[2], length = (int)shape[3], padded = (length + chunk - 1) / chunk * chunk;
        var seen = new double[shape[0] * shape[1] * rounds * length * length];
        for (var row = 0; row < shape[0] * shape[1]; row++)
        {
            var sequence = row / (int)shape[1];
            long Code(int round, int i) => i >= length || kept[sequence * length + i] == 0 ? long.MaxValue : codes[(row * rounds + round) * length + i];
            var sorted = Enumerable.Range(0, rounds).SelectMany(r => Enumerable.Range(0, padded).OrderBy(i => Code(r, i)).ThenBy(i => i)).ToArray();
            for (var place = 0; place < sorted.Length; place++)
            {
                var (round, own) = (place / padded, place / chunk);
                foreach (var other in (int[])[own, (own + sorted.Length / chunk - 1) % (sorted.Length / chunk)])
                {
                    foreach (var j in sorted.Skip(other * chunk).Take(chunk).Where(j => sorted[place] < length && j < length && kept[sequence * length + j] != 0))
                    {
                        seen[(((long)(row * rounds + round) * length) + sorted[place]) * length + j]++;
                    }
                }
            }
        }

        return tensor(seen, [shape[0], shape[1], rounds, length, length]);
    }
}
