// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// Buckets with fewer keys or fewer queries are left to the candidate lists. Measured at d = 64: 4 loses half as much again on
    /// random input at four keys a bucket, where the gradients' rows are then touched out of order; 20 loses as much on clusters.
    /// </summary>
    private const int Crowd = 10;

    /// <summary>
    /// A d x d table costs about d^2 / 4 cycles for each token of the bucket (build and apply, both ways, 16 lanes), blocked
    /// pairs about d / 7 for each pair: tables win where keys * queries / (keys + queries) is above this. Measured: flat from
    /// 20 to 50 at d = 64.
    /// </summary>
    private static int LargeBucket => Math.Max(8, Width * 3 / 8);

    /// <summary>
    /// Buckets with several keys and queries, taken bucket by bucket. The large ones use sum over keys of (g.v) k =
    /// g (sum of v k^T), so that the pairs are never formed and the work is bounded by n * m * d^2 whatever the input.
    /// </summary>
    private static void CrowdedBuckets(ref Side query, ref Side key, int slot, in Gradients gradients, WeightedPass pass)
    {
        for (var i = 0; i < key.Tables.LargeCount; i++)
        {
            var code = key.Tables.Large[i];
            var (queries, queryCount) = Bucket(in query, slot, code);
            var (keys, keyCount) = Bucket(in key, slot, code);
            if (queryCount < Crowd)
            {
                continue;
            }

            if ((long)queryCount * keyCount <= (long)LargeBucket * (queryCount + keyCount))
            {
                BlockedPairs(in query, queries, queryCount, in key, keys, keyCount, in gradients, pass);
            }
            else
            {
                OuterProducts(key.Rows, keys, keyCount, pass.Factor, pass.Products);
                ApplyProducts(query.Rows, queries, queryCount, pass.Products, gradients.Query, query.First);
                OuterProducts(query.Rows, queries, queryCount, pass.Factor, pass.Products);
                ApplyProducts(key.Rows, keys, keyCount, pass.Products, gradients.Key, key.First);
            }

            AddSum(query.Rows, queries, queryCount, pass.Products, gradients.Value, key.First, keys, keyCount);
            query.Tables.Truncate(slot, code, 0);
            key.Tables.Truncate(slot, code, 0);
        }
    }

    private static (nint Tokens, int Count) Bucket(in Side side, int slot, int code)
    {
        var entry = side.Tables.Table(slot)[code];
        var start = BucketTables.Start(entry);
        return ((nint)(side.Tables.Index(slot) + start), BucketTables.End(entry) - start);
    }

    /// <summary>products[a, c] = factor * sum over rows [b|c] of b[a] c[c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OuterProducts(float* rows, nint listAt, int count, float factor, float* products)
    {
        var list = (ushort*)listAt;
        var step = Math.Min(2, Width / T.Count) * T.Count;
        var f = T.Splat(factor);
        for (var a = 0; a < Width; a += 4)
        {
            for (var c = 0; c < Width; c += step)
            {
                var (s00, s10, s20, s30) = (T.Zero, T.Zero, T.Zero, T.Zero);
                var (s01, s11, s21, s31) = (T.Zero, T.Zero, T.Zero, T.Zero);
                for (var k = 0; k < count; k++)
                {
                    var row = rows + ((nint)list[k] * 2 * Width);
                    var (b0, b1, b2, b3) = (T.Splat(row[a]), T.Splat(row[a + 1]), T.Splat(row[a + 2]), T.Splat(row[a + 3]));
                    var x = T.Load(row + Width + c);
                    s00 = T.MultiplyAdd(b0, x, s00);
                    s10 = T.MultiplyAdd(b1, x, s10);
                    s20 = T.MultiplyAdd(b2, x, s20);
                    s30 = T.MultiplyAdd(b3, x, s30);
                    if (step > T.Count)
                    {
                        var y = T.Load(row + Width + c + T.Count);
                        s01 = T.MultiplyAdd(b0, y, s01);
                        s11 = T.MultiplyAdd(b1, y, s11);
                        s21 = T.MultiplyAdd(b2, y, s21);
                        s31 = T.MultiplyAdd(b3, y, s31);
                    }
                }

                var p = products + (a * Width) + c;
                T.Store(s00 * f, p);
                T.Store(s10 * f, p + Width);
                T.Store(s20 * f, p + (2 * Width));
                T.Store(s30 * f, p + (3 * Width));
                if (step > T.Count)
                {
                    T.Store(s01 * f, p + T.Count);
                    T.Store(s11 * f, p + Width + T.Count);
                    T.Store(s21 * f, p + (2 * Width) + T.Count);
                    T.Store(s31 * f, p + (3 * Width) + T.Count);
                }
            }
        }
    }

    /// <summary>gradient[i] += b[i] products for the listed rows [b|.], four at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyProducts(float* rows, nint listAt, int count, float* products, HeadRows gradient, int first)
    {
        var list = (ushort*)listAt;
        var step = Math.Min(2, Width / T.Count) * T.Count;
        for (var k = 0; k < count; k += 4)
        {
            // The last block repeats its last row and stores it once.
            var (i0, i1, i2, i3) = (list[k], list[Math.Min(k + 1, count - 1)], list[Math.Min(k + 2, count - 1)], list[Math.Min(k + 3, count - 1)]);
            var r0 = rows + ((nint)i0 * 2 * Width);
            var r1 = rows + ((nint)i1 * 2 * Width);
            var r2 = rows + ((nint)i2 * 2 * Width);
            var r3 = rows + ((nint)i3 * 2 * Width);
            var g0 = gradient[first + i0];
            var g1 = gradient[first + i1];
            var g2 = gradient[first + i2];
            var g3 = gradient[first + i3];
            for (var c = 0; c < Width; c += step)
            {
                var (s00, s10, s20, s30) = (T.Zero, T.Zero, T.Zero, T.Zero);
                var (s01, s11, s21, s31) = (T.Zero, T.Zero, T.Zero, T.Zero);
                var p = products + c;
                for (var a = 0; a < Width; a++, p += Width)
                {
                    var x = T.Load(p);
                    var (b0, b1, b2, b3) = (T.Splat(r0[a]), T.Splat(r1[a]), T.Splat(r2[a]), T.Splat(r3[a]));
                    s00 = T.MultiplyAdd(b0, x, s00);
                    s10 = T.MultiplyAdd(b1, x, s10);
                    s20 = T.MultiplyAdd(b2, x, s20);
                    s30 = T.MultiplyAdd(b3, x, s30);
                    if (step > T.Count)
                    {
                        var y = T.Load(p + T.Count);
                        s01 = T.MultiplyAdd(b0, y, s01);
                        s11 = T.MultiplyAdd(b1, y, s11);
                        s21 = T.MultiplyAdd(b2, y, s21);
                        s31 = T.MultiplyAdd(b3, y, s31);
                    }
                }

                var rest = count - k;
                AddTwo(s00, s01, g0 + c, step);
                AddTwo(s10, s11, rest > 1 ? g1 + c : null, step);
                AddTwo(s20, s21, rest > 2 ? g2 + c : null, step);
                AddTwo(s30, s31, rest > 3 ? g3 + c : null, step);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddTwo(T left, T right, float* target, int step)
    {
        if (target is not null)
        {
            T.Store(T.Load(target) + left, target);
            if (step > T.Count)
            {
                T.Store(T.Load(target + T.Count) + right, target + T.Count);
            }
        }
    }

    /// <summary>Adds the sum of the first halves of the listed query rows to every listed key's value gradient.</summary>
    private static void AddSum(float* rows, nint listAt, int count, float* sum, HeadRows gradient, int first, nint keysAt, int keyCount)
    {
        var list = (ushort*)listAt;
        var keys = (ushort*)keysAt;
        for (var c = 0; c < Width; c += T.Count)
        {
            var s = T.Zero;
            for (var k = 0; k < count; k++)
            {
                s += T.Load(rows + ((nint)list[k] * 2 * Width) + c);
            }

            T.Store(s, sum + c);
        }

        for (var k = 0; k < keyCount; k++)
        {
            var target = gradient[first + keys[k]];
            for (var c = 0; c < Width; c += T.Count)
            {
                T.Store(T.Load(target + c) + T.Load(sum + c), target + c);
            }
        }
    }
}
