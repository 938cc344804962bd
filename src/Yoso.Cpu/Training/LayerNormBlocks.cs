// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>Layer normalisation of a block of tokens; scale and shift are zero in the padding.</summary>
internal static unsafe class LayerNormBlocks<T>
    where T : unmanaged, ISimd<T>
{
    /// <summary>Centres and scales rows in place to mean 0 and variance 1; statistics are (mean, 1 / deviation) a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Standardise(float* block, int count, int width, float epsilon, float* statistics)
    {
        var padded = SmallProducts<T>.Padded(width);
        for (var t = 0; t < count; t++)
        {
            var row = block + (t * padded);
            var sum = T.Zero;
            for (var c = 0; c < padded; c += T.Count)
            {
                sum += T.Load(row + c);
            }

            var mean = T.Sum(sum) / width;
            var squares = T.Zero;
            for (var c = 0; c < padded; c += T.Count)
            {
                var x = T.Load(row + c) - T.Splat(mean) & Columns(c, width);
                T.Store(x, row + c);
                squares = T.MultiplyAdd(x, x, squares);
            }

            var inverse = 1 / MathF.Sqrt((T.Sum(squares) / width) + epsilon);
            for (var c = 0; c < padded; c += T.Count)
            {
                T.Store(T.Load(row + c) * T.Splat(inverse), row + c);
            }

            statistics[2 * t] = mean;
            statistics[(2 * t) + 1] = inverse;
        }
    }

    /// <summary>The same from statistics kept in the forward pass.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Restandardise(float* block, int count, int width, float* statistics)
    {
        var padded = SmallProducts<T>.Padded(width);
        for (var t = 0; t < count; t++)
        {
            var (mean, inverse) = (T.Splat(statistics[2 * t]), T.Splat(statistics[(2 * t) + 1]));
            for (var c = 0; c < padded; c += T.Count)
            {
                var p = block + (t * padded) + c;
                T.Store((T.Load(p) - mean) * inverse & Columns(c, width), p);
            }
        }
    }

    /// <summary>target = block * scale + shift.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Affine(float* block, int count, int width, float* scale, float* shift, float* target)
    {
        var padded = SmallProducts<T>.Padded(width);
        for (var t = 0; t < count; t++)
        {
            for (var c = 0; c < padded; c += T.Count)
            {
                var i = (t * padded) + c;
                T.Store(T.MultiplyAdd(T.Load(block + i), T.Load(scale + c), T.Load(shift + c)), target + i);
            }
        }
    }

    /// <summary>
    /// gradient, with respect to the output, becomes that with respect to the input; the gradients of scale and shift are
    /// added to.
    /// </summary>
    /// <param name="standardised">The standardised rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Backward(
        float* gradient, float* standardised, int count, int width, float* scale, float* statistics, float* scaleGradient, float* shiftGradient)
    {
        var padded = SmallProducts<T>.Padded(width);
        for (var t = 0; t < count; t++)
        {
            var (g, x) = ((nint)(gradient + (t * padded)), (nint)(standardised + (t * padded)));
            var (sum, product) = (T.Zero, T.Zero);
            for (var c = 0; c < padded; c += T.Count)
            {
                var (dy, hat) = (T.Load((float*)g + c), T.Load((float*)x + c));
                T.Store(T.MultiplyAdd(dy, hat, T.Load(scaleGradient + c)), scaleGradient + c);
                T.Store(T.Load(shiftGradient + c) + dy, shiftGradient + c);
                var dhat = dy * T.Load(scale + c);
                sum += dhat;
                product = T.MultiplyAdd(dhat, hat, product);
            }

            var (mean, slope, inverse) = (T.Splat(T.Sum(sum) / width), T.Splat(T.Sum(product) / width), T.Splat(statistics[(2 * t) + 1]));
            for (var c = 0; c < padded; c += T.Count)
            {
                var dhat = T.Load((float*)g + c) * T.Load(scale + c);
                T.Store((dhat - mean - (T.Load((float*)x + c) * slope)) * inverse & Columns(c, width), (float*)g + c);
            }
        }
    }

    /// <summary>A mask of the columns from c that are not padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static T Columns(int c, int width) =>
        T.LaneMask(width - c >= T.Count ? uint.MaxValue : width <= c ? 0 : (1u << (width - c)) - 1);
}
