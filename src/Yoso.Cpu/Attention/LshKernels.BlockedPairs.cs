// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// All pairs of one bucket, four keys by four queries at a time: a product g.v serves both gradients, and every row is
    /// read from the first cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockedPairs(in Side query, TokenList queryTokens, in Side key, TokenList keyTokens, Gradients gradients, in WeightedPass pass)
    {
        var (queryCount, keyCount) = (queryTokens.Count, keyTokens.Count);
        // Room enough: one side may be all tokens, but the other is then below 3/4 of the width, or the few in which buckets of a group differ.
        var keys = Padded(keyTokens, (ushort)key.Count, pass.Block.List);
        var queries = Padded(queryTokens, (ushort)query.Count, pass.Block.List + ((keyCount + 7) & ~3));
        var spare = pass.Products; // padding has zero rows and writes its zeros here
        Clear(spare);
        for (var k = 0; k < keyCount; k += 4)
        {
            FetchFour<Yes>(in key, keys, k + 4, keyCount, gradients.Key, gradients.Value);
            var keyRows = new FourRows(key.Rows, keys + k);
            var keyGradients = new FourTargets(gradients.Key, key.First, keys + k, keyCount - k, spare);
            for (var q = 0; q < queryCount; q += 4)
            {
                FetchFour<No>(in query, queries, q + 4, k == 0 ? queryCount : 0, gradients.Query, default); // the others find them in the cache
                var queryRows = new FourRows(query.Rows, queries + q);
                var queryGradients = new FourTargets(gradients.Query, query.First, queries + q, queryCount - q, spare);
                Tile(keyRows, queryRows, keyGradients, queryGradients, pass.Factor);
            }
        }
    }

    private static ushort* Padded(TokenList tokens, ushort zeroRow, ushort* target)
    {
        Unsafe.CopyBlockUnaligned(target, tokens.At, (uint)tokens.Count * sizeof(ushort));
        *(ulong*)(target + tokens.Count) = 0x0001_0001_0001_0001UL * zeroRow;
        return target;
    }

    /// <summary>Asks for the rows of up to four tokens from number <paramref name="from"/> of a list on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FetchFour<TWithFirst>(in Side side, ushort* list, int from, int count, HeadRows gradient, HeadRows first)
        where TWithFirst : struct, ISwitch
    {
        for (var i = from; i < Math.Min(from + 4, count); i++)
        {
            FetchRows<TWithFirst>(in side, list[i], gradient, first);
        }
    }

    /// <summary>Sixteen pairs. Everything is inlined and the products stay in registers: lane k of the four d is key k's product with a query.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(FourRows key, FourRows query, FourTargets keyGradient, FourTargets queryGradient, float factor)
    {
        var f = T.Splat(factor);
        var (da, db) = (Dots(query.A, key) * f, Dots(query.B, key) * f);
        var (dc, dd) = (Dots(query.C, key) * f, Dots(query.D, key) * f);
        var (a0, a1, a2, a3) = (T.Repeat(da, 0), T.Repeat(da, 1), T.Repeat(da, 2), T.Repeat(da, 3));
        var (b0, b1, b2, b3) = (T.Repeat(db, 0), T.Repeat(db, 1), T.Repeat(db, 2), T.Repeat(db, 3));
        var (c0, c1, c2, c3) = (T.Repeat(dc, 0), T.Repeat(dc, 1), T.Repeat(dc, 2), T.Repeat(dc, 3));
        var (d0, d1, d2, d3) = (T.Repeat(dd, 0), T.Repeat(dd, 1), T.Repeat(dd, 2), T.Repeat(dd, 3));
        for (var c = 0; c < Width; c += T.Count)
        {
            var at = Width + c;
            var (k0, k1, k2, k3) = (T.Load(key.A + at), T.Load(key.B + at), T.Load(key.C + at), T.Load(key.D + at));
            AddFour(queryGradient.A + c, a0, k0, a1, k1, a2, k2, a3, k3);
            AddFour(queryGradient.B + c, b0, k0, b1, k1, b2, k2, b3, k3);
            AddFour(queryGradient.C + c, c0, k0, c1, k1, c2, k2, c3, k3);
            AddFour(queryGradient.D + c, d0, k0, d1, k1, d2, k2, d3, k3);
            var (qa, qb, qc, qd) = (T.Load(query.A + at), T.Load(query.B + at), T.Load(query.C + at), T.Load(query.D + at));
            AddFour(keyGradient.A + c, a0, qa, b0, qb, c0, qc, d0, qd);
            AddFour(keyGradient.B + c, a1, qa, b1, qb, c1, qc, d1, qd);
            AddFour(keyGradient.C + c, a2, qa, b2, qb, c2, qc, d2, qd);
            AddFour(keyGradient.D + c, a3, qa, b3, qb, c3, qc, d3, qd);
        }
    }

    /// <summary>The products of the first half of one row with those of four others, in every group of four lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Dots(float* probe, FourRows rows)
    {
        var a = T.Load(probe);
        var (s0, s1, s2, s3) = (a * T.Load(rows.A), a * T.Load(rows.B), a * T.Load(rows.C), a * T.Load(rows.D));
        for (var c = T.Count; c < Width; c += T.Count)
        {
            a = T.Load(probe + c);
            s0 = T.MultiplyAdd(a, T.Load(rows.A + c), s0);
            s1 = T.MultiplyAdd(a, T.Load(rows.B + c), s1);
            s2 = T.MultiplyAdd(a, T.Load(rows.C + c), s2);
            s3 = T.MultiplyAdd(a, T.Load(rows.D + c), s3);
        }

        return T.RepeatedSum4(s0, s1, s2, s3);
    }

    /// <summary>target += the sum of four products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddFour(float* target, T w0, T r0, T w1, T r1, T w2, T r2, T w3, T r3)
    {
        var even = T.MultiplyAdd(w0, r0, T.Load(target));
        var odd = w1 * r1;
        even = T.MultiplyAdd(w2, r2, even);
        odd = T.MultiplyAdd(w3, r3, odd);
        T.Store(even + odd, target);
    }

    private readonly struct FourRows(float* rows, ushort* list)
    {
        internal readonly float* A = rows + ((nint)list[0] * 2 * Width);
        internal readonly float* B = rows + ((nint)list[1] * 2 * Width);
        internal readonly float* C = rows + ((nint)list[2] * 2 * Width);
        internal readonly float* D = rows + ((nint)list[3] * 2 * Width);
    }

    private readonly struct FourTargets(HeadRows gradient, int first, ushort* list, int count, float* spare)
    {
        internal readonly float* A = gradient[first + list[0]];
        internal readonly float* B = count > 1 ? gradient[first + list[1]] : spare;
        internal readonly float* C = count > 2 ? gradient[first + list[2]] : spare;
        internal readonly float* D = count > 3 ? gradient[first + list[3]] : spare;
    }
}
