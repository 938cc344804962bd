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
    /// Buckets of nearly the same tokens are worked off together where no more than these differ on a side: their pairs then cost less than a table of its own.
    /// </summary>
    private static int FewTokens => LargeBucket / 4;

    /// <summary>
    /// Buckets with several keys and queries, taken bucket by bucket. The large ones use sum over keys of (g.v) k =
    /// g (sum of v k^T), so that the pairs are never formed and the work is bounded by n * m * d^2 whatever the input; they wait for those of the other hashes.
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
                pass.Large[pass.LargeCount++] = new BucketPair(queries, keys);
            }
            else
            {
                AddAllPairs(in query, queries, in key, keys, gradients, in pass);
            }

            query.Tables.Truncate(slot, code);
            key.Tables.Truncate(slot, code);
        }
    }

    private static void AddAllPairs(in Side query, TokenList queries, in Side key, TokenList keys, Gradients gradients, in WeightedPass pass)
    {
        if (queries.Count > 0 && keys.Count > 0)
        {
            BlockedPairs(in query, queries, in key, keys, gradients, in pass);
            AddSum(in query, queries, 1, in key, keys, gradients, pass.Products);
        }
    }

    /// <summary>
    /// Does the work of the large buckets of a group of hashes. Tokens that are identical share a bucket under every hash, with others that come and go: what buckets have
    /// in common is worked off once.
    /// </summary>
    private static void FinishLargeBuckets(in Side query, in Side key, Gradients gradients, ref WeightedPass pass)
    {
        for (var i = 0; i < pass.LargeCount; i++)
        {
            if (!pass.Large[i].Done)
            {
                FinishLike(i, in query, in key, gradients, in pass);
            }
        }

        pass.LargeCount = 0;
    }

    /// <summary>Works off a large bucket and those after it that are like it: never two of one hash, which have no token in common.</summary>
    private static void FinishLike(int first, in Side query, in Side key, Gradients gradients, in WeightedPass pass)
    {
        var common = new BucketPair(pass.Large[first].Queries, pass.Large[first].Keys);
        var like = stackalloc int[BucketTables.MostGrouped];
        var count = 0;
        for (var i = first; i < pass.LargeCount; i++)
        {
            ref var bucket = ref pass.Large[i];
            if (!bucket.Done && common.Queries.IsLike(bucket.Queries, FewTokens) && common.Keys.IsLike(bucket.Keys, FewTokens))
            {
                common = new BucketPair(common.Queries.Common(bucket.Queries, pass.CommonQueries), common.Keys.Common(bucket.Keys, pass.CommonKeys));
                bucket.Done = true;
                like[count++] = i;
            }
        }

        Products(in key, common.Keys, pass.Factor * count, pass);
        ApplyProducts(in query, common.Queries, gradients.Query, pass);
        Products(in query, common.Queries, pass.Factor * count, pass);
        ApplyProducts(in key, common.Keys, gradients.Key, pass);
        AddSum(in query, common.Queries, count, in key, common.Keys, gradients, pass.Products);
        for (var i = 0; i < count; i++)
        {
            var (queries, keys) = (pass.Large[like[i]].Queries, pass.Large[like[i]].Keys);
            AddAllPairs(in query, queries.Except(common.Queries, pass.Others), in key, keys, gradients, in pass);
            AddAllPairs(in query, common.Queries, in key, keys.Except(common.Keys, pass.Others), gradients, in pass);
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

        /// <summary>Whether at most <paramref name="few"/> tokens are in one of the lists only.</summary>
        internal bool IsLike(TokenList other, int few)
        {
            var i = SamePrefix(other);
            var (j, different) = (i, 0);
            while (i < Count && j < other.Count && different <= few)
            {
                var (a, b) = (At[i], other.At[j]);
                different += a == b ? 0 : 1;
                i += a <= b ? 1 : 0;
                j += b <= a ? 1 : 0;
            }

            return different + (Count - i) + (other.Count - j) <= few;
        }

        /// <summary>Tokens that are in both lists: this list, or written to <paramref name="target"/>, where this one may be.</summary>
        internal TokenList Common(TokenList other, ushort* target) => Merge(other, target, true);

        /// <summary>Tokens that are not in the other list, written to <paramref name="target"/>.</summary>
        internal TokenList Except(TokenList other, ushort* target) => Merge(other, target, false);

        private int SamePrefix(TokenList other) => new ReadOnlySpan<ushort>(At, Count).CommonPrefixLength(new ReadOnlySpan<ushort>(other.At, other.Count));

        private TokenList Merge(TokenList other, ushort* target, bool inOther)
        {
            var same = SamePrefix(other);
            if (inOther && same == Count)
            {
                return this;
            }

            var (j, count) = (same, inOther ? same : 0);
            new ReadOnlySpan<ushort>(At, count).CopyTo(new Span<ushort>(target, count));
            for (var i = same; i < Count; i++)
            {
                while (j < other.Count && other.At[j] < At[i])
                {
                    j++;
                }

                if ((j < other.Count && other.At[j] == At[i]) == inOther)
                {
                    target[count++] = At[i];
                }
            }

            return new TokenList(target, count);
        }
    }

    /// <summary>The tokens of one bucket on both sides.</summary>
    private struct BucketPair(TokenList queries, TokenList keys)
    {
        internal readonly TokenList Queries = queries;
        internal readonly TokenList Keys = keys;
        internal bool Done;
    }
}
