// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// Buckets with fewer keys or fewer queries are left to the candidate lists. Measured at d = 64: 4 loses half as much again on
    /// random input at four keys a bucket, where the gradients' rows are then touched out of order; 20 loses as much on clusters.
    /// </summary>
    private const int Crowd = 10;

    /// <summary>What remains has fewer than <see cref="Crowd"/> tokens on one side, so at most this many pairs a token and hash.</summary>
    private const int MaxPairsPerToken = Crowd - 1;

    /// <summary>Rows that are gathered for one product.</summary>
    private const int GatherRows = 64;

    /// <summary>
    /// A d x d table costs about d^2 / 6 cycles for each token of the bucket (build and apply, both ways, 16 lanes), blocked
    /// pairs about d / 7 for each pair: tables win where keys * queries / (keys + queries) is above this.
    /// </summary>
    private static int LargeBucket => Math.Max(8, Width * 3 / 8);

    /// <summary>
    /// Buckets with several keys and queries, taken bucket by bucket. The large ones use sum over keys of (g.v) k =
    /// g (sum of v k^T), so that the pairs are never formed and the work is bounded by n * m * d^2 whatever the input.
    /// </summary>
    private static void CrowdedBuckets(ref Side query, ref Side key, int slot, Gradients gradients, ref WeightedPass pass)
    {
        for (var i = 0; i < key.Tables.LargeCount; i++)
        {
            var code = key.Tables.Large[i];
            var queries = Bucket(in query, slot, code);
            var keys = Bucket(in key, slot, code);
            if (queries.Count < Crowd)
            {
                continue;
            }

            pass.Start(gradients);
            if ((long)queries.Count * keys.Count > (long)LargeBucket * (queries.Count + keys.Count))
            {
                if (pass.Pending.SameAs(queries, keys))
                {
                    pass.Pending.Repeats++; // identical tokens share their bucket in every hash
                }
                else
                {
                    FinishLargeBucket(in query, in key, gradients, ref pass);
                    pass.Pending = new(queries, keys);
                }
            }
            else
            {
                BlockedPairs(in query, queries, in key, keys, gradients, pass);
                AddSum(in query, queries, 1, in key, keys, gradients, pass.Products);
            }

            query.Tables.Truncate(slot, code);
            key.Tables.Truncate(slot, code);
        }
    }

    /// <summary>Does the work of the large bucket found last, once for all hashes that repeat it.</summary>
    private static void FinishLargeBucket(in Side query, in Side key, Gradients gradients, ref WeightedPass pass)
    {
        if (pass.Pending.Repeats > 0)
        {
            var factor = pass.Factor * pass.Pending.Repeats;
            var (queries, keys) = (pass.Pending.Queries, pass.Pending.Keys);
            Products(in key, keys, factor, pass);
            ApplyProducts(in query, queries, gradients.Query, pass);
            Products(in query, queries, factor, pass);
            ApplyProducts(in key, keys, gradients.Key, pass);
            AddSum(in query, queries, pass.Pending.Repeats, in key, keys, gradients, pass.Products);
            pass.Pending = default;
        }
    }

    private static TokenList Bucket(in Side side, int slot, int code)
    {
        var entry = BucketTables.Entry(side.Tables.Table(slot), code);
        return new(side.Tables.Index(slot) + BucketTables.Start(entry), BucketTables.Count(entry, 0));
    }

    /// <summary>products[a, c] = factor * sum over rows [b|c] of b[a] c[c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Products(in Side side, TokenList tokens, float factor, in WeightedPass pass)
    {
        for (var first = 0; first < tokens.Count; first += GatherRows)
        {
            var count = Gather(in side, tokens, first, pass.Rows);
            SmallProducts<T>.Multiply(pass.Rows, 1, 2 * Width, pass.Rows + Width, 2 * Width, pass.Products, Width, Width, Width, count, first > 0);
        }

        var f = T.Splat(factor);
        for (var i = 0; i < Width * Width; i += T.Count)
        {
            T.Store(T.Load(pass.Products + i) * f, pass.Products + i);
        }
    }

    /// <summary>gradient[i] += b[i] products for the listed rows [b|.].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyProducts(in Side side, TokenList tokens, HeadRows gradient, in WeightedPass pass)
    {
        for (var first = 0; first < tokens.Count; first += GatherRows)
        {
            var count = Gather(in side, tokens, first, pass.Rows);
            SmallProducts<T>.Multiply(pass.Rows, 2 * Width, 1, pass.Products, Width, pass.Sums, Width, (count + 3) & ~3, Width, Width, false);
            for (var t = 0; t < count; t++)
            {
                var target = gradient[side.First + tokens.At[first + t]];
                for (var c = 0; c < Width; c += T.Count)
                {
                    T.Store(T.Load(target + c) + T.Load(pass.Sums + (t * Width) + c), target + c);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Gather(in Side side, TokenList tokens, int first, float* rows)
    {
        var count = Math.Min(GatherRows, tokens.Count - first);
        for (var t = 0; t < count; t++)
        {
            var source = side.Rows + ((nint)tokens.At[first + t] * 2 * Width);
            for (var c = 0; c < 2 * Width; c += T.Count)
            {
                T.Store(T.Load(source + c), rows + (t * 2 * Width) + c);
            }
        }

        return count;
    }

    /// <summary>Adds the sum of the first halves of the listed query rows to every listed key's value gradient.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddSum(in Side query, TokenList queries, int repeats, in Side key, TokenList keys, Gradients gradients, float* sum)
    {
        for (var c = 0; c < Width; c += T.Count)
        {
            var s = T.Zero;
            for (var k = 0; k < queries.Count; k++)
            {
                s += T.Load(query.Rows + ((nint)queries.At[k] * 2 * Width) + c);
            }

            T.Store(s * T.Splat(repeats), sum + c);
        }

        for (var k = 0; k < keys.Count; k++)
        {
            var target = gradients.Value[key.First + keys.At[k]];
            for (var c = 0; c < Width; c += T.Count)
            {
                T.Store(T.Load(target + c) + T.Load(sum + c), target + c);
            }
        }
    }

    /// <summary>Token indices of one bucket, ascending.</summary>
    private readonly struct TokenList(ushort* at, int count)
    {
        internal readonly ushort* At = at;
        internal readonly int Count = count;

        internal bool SameAs(TokenList other) =>
            new ReadOnlySpan<ushort>(At, Count).SequenceEqual(new ReadOnlySpan<ushort>(other.At, other.Count));
    }

    /// <summary>A large bucket whose work is put off in case the next hashes repeat it.</summary>
    private struct LargeBucketPair(TokenList queries, TokenList keys)
    {
        internal readonly TokenList Queries = queries;
        internal readonly TokenList Keys = keys;
        internal int Repeats = 1;

        internal readonly bool SameAs(TokenList queries, TokenList keys) =>
            Repeats > 0 && Queries.SameAs(queries) && Keys.SameAs(keys);
    }
}
