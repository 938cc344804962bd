// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>The kernels of <see cref="HeadNormalisation"/> over a range of tokens.</summary>
internal static unsafe class UnitRows<T>
    where T : unmanaged, ISimd<T>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Forward(PackedShape shape, int first, int last, HeadTensor x, HeadTensor y, float* inverseNorms)
    {
        var (heads, headDim) = (shape.Heads, shape.HeadDim);
        for (var token = first; token < last; token++)
        {
            for (var head = 0; head < heads; head++)
            {
                var from = x.Data + (token * x.RowStride) + (head * headDim);
                var inverse = Row(from, y.Data + (token * y.RowStride) + (head * headDim), headDim);
                if (inverseNorms is not null)
                {
                    inverseNorms[((long)token * heads) + head] = inverse;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Backward(PackedShape shape, int first, int last, HeadTensor y, float* inverseNorms, HeadTensor yGradient, HeadTensor xGradient)
    {
        var (heads, headDim) = (shape.Heads, shape.HeadDim);
        for (var token = first; token < last; token++)
        {
            for (var head = 0; head < heads; head++)
            {
                var unit = y.Data + (token * y.RowStride) + (head * headDim);
                var gradient = yGradient.Data + (token * yGradient.RowStride) + (head * headDim);
                GradientRow(unit, inverseNorms[((long)token * heads) + head], gradient, xGradient.Data + (token * xGradient.RowStride) + (head * headDim), headDim);
            }
        }
    }

    /// <summary>y = x / |x|; gives 1 / |x|.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Row(float* x, float* y, int headDim)
    {
        var norm = MathF.Sqrt(Dot(x, x, headDim));
        var inverse = norm > 0 ? 1 / norm : norm; // NaN stays NaN
        Combine(x, inverse, x, 0, y, headDim);
        return inverse;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void GradientRow(float* y, float inverseNorm, float* yGradient, float* xGradient, int headDim) =>
        Combine(yGradient, inverseNorm, y, -inverseNorm * Dot(y, yGradient, headDim), xGradient, headDim);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(float* a, float* b, int count)
    {
        var products = T.Zero;
        var c = 0;
        for (; c + T.Count <= count; c += T.Count)
        {
            products = T.MultiplyAdd(T.Load(a + c), T.Load(b + c), products);
        }

        var sum = T.Sum(products);
        for (; c < count; c++)
        {
            sum += a[c] * b[c];
        }

        return sum;
    }

    /// <summary>target = x a + y b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Combine(float* a, float x, float* b, float y, float* target, int count)
    {
        var (xs, ys) = (T.Splat(x), T.Splat(y));
        var c = 0;
        for (; c + T.Count <= count; c += T.Count)
        {
            T.Store((T.Load(a + c) * xs) + (T.Load(b + c) * ys), target + c);
        }

        for (; c < count; c++)
        {
            target[c] = (a[c] * x) + (b[c] * y);
        }
    }
}
