// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu;

/// <summary>GELU by the error function on contiguous values, for layers too wide for <see cref="FeedForward"/>.</summary>
public static unsafe class Gelu
{
    // The share of a thread at a time: input and output stay in the second-level cache.
    private const int Share = 1 << 14;

    /// <summary>output = x Phi(x); absolute error 3e-7 times max(1, |x|).</summary>
    public static void Forward(float* x, float* output, long count, int threads) => Forward(x, output, count, threads, CpuKernels.Path);

    /// <summary>inputGradient = outputGradient (Phi(x) + x phi(x)).</summary>
    public static void Backward(float* x, float* outputGradient, float* inputGradient, long count, int threads) =>
        Backward(x, outputGradient, inputGradient, count, threads, CpuKernels.Path);

    internal static void Forward(float* x, float* output, long count, int threads, SimdPath path) => ForShares(count, threads, (first, length) =>
    {
        switch (path)
        {
            case SimdPath.Vector512:
                Forward<Simd512>(x + first, output + first, length);
                break;
            case SimdPath.Vector256:
                Forward<Simd256>(x + first, output + first, length);
                break;
            default:
                Forward<Simd128>(x + first, output + first, length);
                break;
        }
    });

    internal static void Backward(float* x, float* outputGradient, float* inputGradient, long count, int threads, SimdPath path) => ForShares(count, threads, (first, length) =>
    {
        switch (path)
        {
            case SimdPath.Vector512:
                Backward<Simd512>(x + first, outputGradient + first, inputGradient + first, length);
                break;
            case SimdPath.Vector256:
                Backward<Simd256>(x + first, outputGradient + first, inputGradient + first, length);
                break;
            default:
                Backward<Simd128>(x + first, outputGradient + first, inputGradient + first, length);
                break;
        }
    });

    private static void ForShares(long count, int threads, Action<long, int> share)
    {
        var shares = Enumerable.Range(0, checked((int)((count + Share - 1) / Share))).ToArray();
        WorkItems.Run(shares, threads, (i, _) => share((long)i * Share, (int)Math.Min(Share, count - ((long)i * Share))));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<T>(float* x, float* output, int count)
        where T : unmanaged, ISimd<T>
    {
        var i = 0;
        for (; i + T.Count <= count; i += T.Count)
        {
            T.Store(SimdMath<T>.Gelu(T.Load(x + i)).Value, output + i);
        }

        var rest = stackalloc float[2 * T.Count];
        if (i < count)
        {
            new Span<float>(rest, 2 * T.Count).Clear();
            new Span<float>(x + i, count - i).CopyTo(new Span<float>(rest, T.Count));
            T.Store(SimdMath<T>.Gelu(T.Load(rest)).Value, rest);
            new Span<float>(rest, count - i).CopyTo(new Span<float>(output + i, count - i));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Backward<T>(float* x, float* outputGradient, float* inputGradient, int count)
        where T : unmanaged, ISimd<T>
    {
        var i = 0;
        for (; i + T.Count <= count; i += T.Count)
        {
            T.Store(T.Load(outputGradient + i) * SimdMath<T>.Gelu(T.Load(x + i)).Derivative, inputGradient + i);
        }

        var rest = stackalloc float[2 * T.Count];
        if (i < count)
        {
            new Span<float>(rest, 2 * T.Count).Clear();
            new Span<float>(x + i, count - i).CopyTo(new Span<float>(rest, T.Count));
            new Span<float>(outputGradient + i, count - i).CopyTo(new Span<float>(rest + T.Count, T.Count));
            T.Store(T.Load(rest + T.Count) * SimdMath<T>.Gelu(T.Load(rest)).Derivative, rest);
            new Span<float>(rest, count - i).CopyTo(new Span<float>(inputGradient + i, count - i));
        }
    }
}
