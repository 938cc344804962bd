// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>Register-blocked products of small matrices that lie in the first two caches.</summary>
internal static unsafe class SmallProducts<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Columns are padded to this, so that no kernel has a remainder.</summary>
    internal const int Padding = 16;

    internal static int Padded(int width) => (width + Padding - 1) & -Padding;

    /// <summary>c[i, j] (+)= sum over k of a[i * rowStep + k * depthStep] * b[k * bStride + j].</summary>
    /// <param name="rows">Multiple of 4; the caller's buffers have room for the rounded-up rows.</param>
    /// <param name="columns">Multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply(
        float* a, nint rowStep, nint depthStep, float* b, nint bStride, float* c, nint cStride, int rows, int columns, int depth, bool accumulate)
    {
        var j = 0;
        while (j < columns)
        {
            // Sixteen accumulators need the 32 registers of AVX-512; sixteen registers hold eight and their operands.
            var width = T.Count == 16 && columns - j >= 4 * T.Count ? 4 : columns - j >= 2 * T.Count ? 2 : 1;
            for (var i = 0; i < rows; i += 4)
            {
                var (from, to) = ((nint)(a + (i * rowStep)), (nint)(c + (i * cStride) + j));
                switch (width)
                {
                    case 4:
                        Tile4((float*)from, rowStep, depthStep, b + j, bStride, (float*)to, cStride, depth, accumulate);
                        break;
                    case 2:
                        Tile2((float*)from, rowStep, depthStep, b + j, bStride, (float*)to, cStride, depth, accumulate);
                        break;
                    default:
                        Tile1((float*)from, rowStep, depthStep, b + j, bStride, (float*)to, cStride, depth, accumulate);
                        break;
                }
            }

            j += width * T.Count;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile4(float* a, nint rowStep, nint depthStep, float* b, nint bStride, float* c, nint cStride, int depth, bool accumulate)
    {
        var (s00, s01, s02, s03) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var (s10, s11, s12, s13) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var (s20, s21, s22, s23) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var (s30, s31, s32, s33) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var k = 0; k < depth; k++, a += depthStep, b += bStride)
        {
            var (b0, b1, b2, b3) = (T.Load(b), T.Load(b + T.Count), T.Load(b + (2 * T.Count)), T.Load(b + (3 * T.Count)));
            var x = T.Splat(a[0]);
            s00 = T.MultiplyAdd(x, b0, s00);
            s01 = T.MultiplyAdd(x, b1, s01);
            s02 = T.MultiplyAdd(x, b2, s02);
            s03 = T.MultiplyAdd(x, b3, s03);
            x = T.Splat(a[rowStep]);
            s10 = T.MultiplyAdd(x, b0, s10);
            s11 = T.MultiplyAdd(x, b1, s11);
            s12 = T.MultiplyAdd(x, b2, s12);
            s13 = T.MultiplyAdd(x, b3, s13);
            x = T.Splat(a[2 * rowStep]);
            s20 = T.MultiplyAdd(x, b0, s20);
            s21 = T.MultiplyAdd(x, b1, s21);
            s22 = T.MultiplyAdd(x, b2, s22);
            s23 = T.MultiplyAdd(x, b3, s23);
            x = T.Splat(a[3 * rowStep]);
            s30 = T.MultiplyAdd(x, b0, s30);
            s31 = T.MultiplyAdd(x, b1, s31);
            s32 = T.MultiplyAdd(x, b2, s32);
            s33 = T.MultiplyAdd(x, b3, s33);
        }

        Store4(s00, s01, s02, s03, c, accumulate);
        Store4(s10, s11, s12, s13, c + cStride, accumulate);
        Store4(s20, s21, s22, s23, c + (2 * cStride), accumulate);
        Store4(s30, s31, s32, s33, c + (3 * cStride), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile2(float* a, nint rowStep, nint depthStep, float* b, nint bStride, float* c, nint cStride, int depth, bool accumulate)
    {
        var (s00, s10, s20, s30) = (T.Zero, T.Zero, T.Zero, T.Zero);
        var (s01, s11, s21, s31) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var k = 0; k < depth; k++, a += depthStep, b += bStride)
        {
            var (b0, b1) = (T.Load(b), T.Load(b + T.Count));
            var x = T.Splat(a[0]);
            s00 = T.MultiplyAdd(x, b0, s00);
            s01 = T.MultiplyAdd(x, b1, s01);
            x = T.Splat(a[rowStep]);
            s10 = T.MultiplyAdd(x, b0, s10);
            s11 = T.MultiplyAdd(x, b1, s11);
            x = T.Splat(a[2 * rowStep]);
            s20 = T.MultiplyAdd(x, b0, s20);
            s21 = T.MultiplyAdd(x, b1, s21);
            x = T.Splat(a[3 * rowStep]);
            s30 = T.MultiplyAdd(x, b0, s30);
            s31 = T.MultiplyAdd(x, b1, s31);
        }

        Store2(s00, s01, c, accumulate);
        Store2(s10, s11, c + cStride, accumulate);
        Store2(s20, s21, c + (2 * cStride), accumulate);
        Store2(s30, s31, c + (3 * cStride), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile1(float* a, nint rowStep, nint depthStep, float* b, nint bStride, float* c, nint cStride, int depth, bool accumulate)
    {
        var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
        for (var k = 0; k < depth; k++, a += depthStep, b += bStride)
        {
            var x = T.Load(b);
            s0 = T.MultiplyAdd(T.Splat(a[0]), x, s0);
            s1 = T.MultiplyAdd(T.Splat(a[rowStep]), x, s1);
            s2 = T.MultiplyAdd(T.Splat(a[2 * rowStep]), x, s2);
            s3 = T.MultiplyAdd(T.Splat(a[3 * rowStep]), x, s3);
        }

        Store1(s0, c, accumulate);
        Store1(s1, c + cStride, accumulate);
        Store1(s2, c + (2 * cStride), accumulate);
        Store1(s3, c + (3 * cStride), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store4(T s0, T s1, T s2, T s3, float* c, bool accumulate)
    {
        Store2(s0, s1, c, accumulate);
        Store2(s2, s3, c + (2 * T.Count), accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store2(T s0, T s1, float* c, bool accumulate)
    {
        Store1(s0, c, accumulate);
        Store1(s1, c + T.Count, accumulate);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store1(T s, float* c, bool accumulate) => T.Store(accumulate ? T.Load(c) + s : s, c);
}
