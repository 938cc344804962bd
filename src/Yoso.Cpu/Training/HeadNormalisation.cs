// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu;

/// <summary>Scales every head of every token to length one; a zero row stays zero and has a zero gradient.</summary>
public static unsafe class HeadNormalisation
{
    /// <summary>y = x / |x|.</summary>
    /// <param name="x">[T, H, D].</param>
    /// <param name="y">[T, H, D], overwritten; may be x itself.</param>
    /// <param name="inverseNorms">[T, H] 1 / |x|, 0 for a zero row, written for the backward pass; may be null.</param>
    public static void Forward(PackedShape shape, HeadTensor x, HeadTensor y, float* inverseNorms, int threads)
    {
        x.Check(shape, "Input");
        y.Check(shape, "Output");
        ForTokens(shape, threads, (token, head) =>
        {
            var (from, to) = (At(shape, x, token, head), At(shape, y, token, head));
            var norm = MathF.Sqrt(Dot((float*)from, (float*)from, shape.HeadDim));
            var inverse = norm > 0 ? 1 / norm : 0;
            Combine((float*)from, inverse, (float*)from, 0, (float*)to, shape.HeadDim);
            if (inverseNorms is not null)
            {
                inverseNorms[((long)token * shape.Heads) + head] = inverse;
            }
        });
    }

    /// <summary>xGradient = (yGradient - y (y . yGradient)) / |x|.</summary>
    /// <param name="y">The output of the forward pass.</param>
    /// <param name="inverseNorms">[T, H] from the forward pass.</param>
    /// <param name="yGradient">[T, H, D].</param>
    /// <param name="xGradient">[T, H, D], overwritten; may be yGradient itself.</param>
    public static void Backward(PackedShape shape, HeadTensor y, float* inverseNorms, HeadTensor yGradient, HeadTensor xGradient, int threads)
    {
        y.Check(shape, "Output");
        yGradient.Check(shape, "Output gradient");
        xGradient.Check(shape, "Input gradient");
        ForTokens(shape, threads, (token, head) =>
        {
            var (unit, gradient) = (At(shape, y, token, head), At(shape, yGradient, token, head));
            var inverse = inverseNorms[((long)token * shape.Heads) + head];
            var along = Dot((float*)unit, (float*)gradient, shape.HeadDim);
            Combine((float*)gradient, inverse, (float*)unit, -inverse * along, (float*)At(shape, xGradient, token, head), shape.HeadDim);
        });
    }

    private static void ForTokens(PackedShape shape, int threads, Action<int, int> row)
    {
        var chunks = TokenChunks.Of(shape.Tokens);
        WorkItems.Run(chunks.Order, threads, (chunk, _) =>
        {
            for (var token = chunks.First(chunk); token < chunks.Last(chunk); token++)
            {
                for (var head = 0; head < shape.Heads; head++)
                {
                    row(token, head);
                }
            }
        });
    }

    private static nint At(PackedShape shape, HeadTensor tensor, int token, int head) =>
        (nint)(tensor.Data + (token * tensor.RowStride) + (head * shape.HeadDim));

    /// <summary>Four lanes on every machine: rows are short, and sums have one order everywhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(float* a, float* b, int count)
    {
        var (even, odd) = (Simd128.Zero, Simd128.Zero);
        var c = 0;
        for (; c + 8 <= count; c += 8)
        {
            even = Simd128.MultiplyAdd(Simd128.Load(a + c), Simd128.Load(b + c), even);
            odd = Simd128.MultiplyAdd(Simd128.Load(a + c + 4), Simd128.Load(b + c + 4), odd);
        }

        var sum = Simd128.Sum(even + odd);
        for (; c < count; c++)
        {
            sum += a[c] * b[c];
        }

        return sum;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Combine(float* a, float x, float* b, float y, float* target, int count)
    {
        var (xs, ys) = (Simd128.Splat(x), Simd128.Splat(y));
        var c = 0;
        for (; c + 4 <= count; c += 4)
        {
            Simd128.Store((Simd128.Load(a + c) * xs) + (Simd128.Load(b + c) * ys), target + c);
        }

        for (; c < count; c++)
        {
            target[c] = (a[c] * x) + (b[c] * y);
        }
    }
}
