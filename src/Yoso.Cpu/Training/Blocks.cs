// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>Row-wise steps on a block of tokens in scratch, [64, padded width], zero in the padding.</summary>
internal static unsafe class Blocks<T>
    where T : unmanaged, ISimd<T>
{
    internal static int Padded(int width) => SmallProducts<T>.Padded(width);

    internal static float* Take(int width, Scratch scratch) => scratch.Take<float>((long)TokenChunks.Block * Padded(width));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Load(TokenTensor source, int first, int count, int width, float* block)
    {
        var padded = Padded(width);
        for (var t = 0; t < count; t++)
        {
            Copy(source[first + t], block + (t * padded), width);
            new Span<float>(block + (t * padded) + width, padded - width).Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Store(float* block, TokenTensor target, int first, int count, int width)
    {
        for (var t = 0; t < count; t++)
        {
            Copy(block + (t * Padded(width)), target[first + t], width);
        }
    }

    /// <summary>block += bias in every row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddBias(float* block, int count, int width, float* bias)
    {
        var padded = Padded(width);
        for (var t = 0; t < count; t++)
        {
            for (var c = 0; c < padded; c += T.Count)
            {
                var p = block + (t * padded) + c;
                T.Store(T.Load(p) + T.Load(bias + c), p);
            }
        }
    }

    /// <summary>block += other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(float* block, float* other, int count, int width)
    {
        for (var i = 0; i < count * Padded(width); i += T.Count)
        {
            T.Store(T.Load(block + i) + T.Load(other + i), block + i);
        }
    }

    /// <summary>block *= other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Multiply(float* block, float* other, int count, int width)
    {
        for (var i = 0; i < count * Padded(width); i += T.Count)
        {
            T.Store(T.Load(block + i) * T.Load(other + i), block + i);
        }
    }

    /// <summary>Drops and scales; nothing without bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Drop(float* block, int first, int count, int width, Dropout dropout)
    {
        if (dropout.Bits is null)
        {
            return;
        }

        var padded = Padded(width);
        var scale = T.Splat(dropout.Scale);
        for (var t = 0; t < count; t++)
        {
            var bits = dropout.Row(first + t, width);
            for (var c = 0; c < padded; c += T.Count)
            {
                var p = block + (t * padded) + c;
                T.Store(T.Load(p) * scale & T.LaneMask(bits[c >> 5] >> (c & 31)), p);
            }
        }
    }

    /// <summary>sums[c] += sum over rows of block[., c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddColumnSums(float* block, int count, int width, float* sums)
    {
        var padded = Padded(width);
        for (var c = 0; c < padded; c += T.Count)
        {
            var sum = T.Load(sums + c);
            for (var t = 0; t < count; t++)
            {
                sum += T.Load(block + (t * padded) + c);
            }

            T.Store(sum, sums + c);
        }
    }

    /// <summary>GELU of <paramref name="block"/> in place and its derivative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Gelu(float* block, float* derivative, int count, int width)
    {
        for (var i = 0; i < count * Padded(width); i += T.Count)
        {
            var (value, slope) = SimdMath<T>.Gelu(T.Load(block + i));
            T.Store(value, block + i);
            T.Store(slope, derivative + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Copy(float* source, float* target, int width)
    {
        var c = 0;
        for (; c + T.Count <= width; c += T.Count)
        {
            T.Store(T.Load(source + c), target + c);
        }

        for (; c < width; c++)
        {
            target[c] = source[c];
        }
    }
}
