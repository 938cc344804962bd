// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// All pairs of one bucket, four keys by four queries at a time: a product g.v serves both gradients, and every row is
    /// read from the first cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BlockedPairs(in Side query, TokenList queryTokens, in Side key, TokenList keyTokens, in Gradients gradients, in WeightedPass pass)
    {
        var (queryCount, keyCount) = (queryTokens.Count, keyTokens.Count);
        // Room enough: one side may be all tokens, but the other is then below 3/4 of the width.
        var keys = Padded(keyTokens, (ushort)key.Count, pass.Block.List);
        var queries = Padded(queryTokens, (ushort)query.Count, pass.Block.List + ((keyCount + 7) & ~3));
        var spare = pass.Products; // padding has zero rows and writes its zeros here
        Clear(spare);
        for (var k = 0; k < keyCount; k += 4)
        {
            var keyRows = new FourRows(key.Rows, keys + k);
            var keyGradients = new FourTargets(gradients.Key, key.First, keys + k, keyCount - k, spare);
            for (var q = 0; q < queryCount; q += 4)
            {
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile(FourRows key, FourRows query, FourTargets keyGradient, FourTargets queryGradient, float factor)
    {
        var w0 = Dots(query.A, key.A, key.B, key.C, key.D) * factor;
        var w1 = Dots(query.B, key.A, key.B, key.C, key.D) * factor;
        var w2 = Dots(query.C, key.A, key.B, key.C, key.D) * factor;
        var w3 = Dots(query.D, key.A, key.B, key.C, key.D) * factor;
        AddRows(queryGradient.A, w0, key);
        AddRows(queryGradient.B, w1, key);
        AddRows(queryGradient.C, w2, key);
        AddRows(queryGradient.D, w3, key);
        AddRows(keyGradient.A, Vector128.Create(w0[0], w1[0], w2[0], w3[0]), query);
        AddRows(keyGradient.B, Vector128.Create(w0[1], w1[1], w2[1], w3[1]), query);
        AddRows(keyGradient.C, Vector128.Create(w0[2], w1[2], w2[2], w3[2]), query);
        AddRows(keyGradient.D, Vector128.Create(w0[3], w1[3], w2[3], w3[3]), query);
    }

    /// <summary>target += sum of weight * second half of row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows(float* target, Vector128<float> weights, FourRows rows)
    {
        var (w0, w1, w2, w3) = (T.Splat(weights[0]), T.Splat(weights[1]), T.Splat(weights[2]), T.Splat(weights[3]));
        for (var c = 0; c < Width; c += T.Count)
        {
            var even = T.MultiplyAdd(w0, T.Load(rows.A + Width + c), T.Load(target + c));
            var odd = w1 * T.Load(rows.B + Width + c);
            even = T.MultiplyAdd(w2, T.Load(rows.C + Width + c), even);
            odd = T.MultiplyAdd(w3, T.Load(rows.D + Width + c), odd);
            T.Store(even + odd, target + c);
        }
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
