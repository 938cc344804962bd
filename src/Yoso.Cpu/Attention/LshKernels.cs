// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Attention;

/// <summary>The kernels of one register width and one padded head dimension.</summary>
internal abstract unsafe class LshKernels
{
    /// <summary>output[i] = mean over hashes of the sum of value[j] over keys j in the bucket of query i.</summary>
    internal abstract void Cumulate(LshOptions options, int headDim, int length, CodeRows query, CodeRows key, HeadRows value, HeadRows output, Scratch scratch);

    internal abstract void WeightedGradient(in WeightedItem item, Scratch scratch);

    /// <summary>y = x / |x|; inverseNorms[i * stride] = 1 / |x[i]|. In place where both are the same.</summary>
    internal abstract void ToUnit(HeadRows x, HeadRows y, int length, int headDim, float* inverseNorms, int stride);

    /// <summary>xGradient = (yGradient - y (y . yGradient)) / |x|. In place where both are the same.</summary>
    internal abstract void ToUnitGradient(HeadRows y, float* inverseNorms, int stride, HeadRows yGradient, HeadRows xGradient, int length, int headDim);

    /// <exception cref="ArgumentException">The machine has no such registers.</exception>
    internal static LshKernels For(SimdPath path, int headDim)
    {
        if (!CpuKernels.Supports(path))
        {
            throw new ArgumentException($"This machine has no {path} kernels; it supports {CpuKernels.Path} and narrower.");
        }

        return path switch
        {
            SimdPath.Vector512 => For<Simd512>(headDim),
            SimdPath.Vector256 => For<Simd256>(headDim),
            _ => For<Simd128>(headDim),
        };
    }

    private static LshKernels For<T>(int headDim)
        where T : unmanaged, ISimd<T> => headDim switch
        {
            <= 16 => new LshKernels<T, Width16>(),
            <= 32 => new LshKernels<T, Width32>(),
            <= 64 => new LshKernels<T, Width64>(),
            <= 128 => new LshKernels<T, Width128>(),
            _ => new LshKernels<T, Width256>(),
        };
}

/// <summary>Everything the query and key gradients of one work item need.</summary>
internal readonly unsafe record struct WeightedItem
{
    internal required LshOptions Options { get; init; }

    internal required GradientMode Mode { get; init; }

    internal required uint SampleSeed { get; init; }

    internal required int HeadDim { get; init; }

    internal required int Length { get; init; }

    internal required CodeRows QueryCodes { get; init; }

    internal required CodeRows KeyCodes { get; init; }

    internal required HeadRows Query { get; init; }

    internal required HeadRows Key { get; init; }

    internal required HeadRows Value { get; init; }

    internal required HeadRows OutputGradient { get; init; }

    internal required HeadRows QueryGradient { get; init; }

    internal required HeadRows KeyGradient { get; init; }

    internal required HeadRows ValueGradient { get; init; }
}

internal sealed unsafe partial class LshKernels<T, TWidth> : LshKernels
    where T : unmanaged, ISimd<T>
    where TWidth : struct, IWidth
{
    /// <summary>Rows ahead that are asked for: the next ones of a head lie apart where a token has several, and the processor does not foresee them.</summary>
    private const int FetchAhead = 8;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ToUnit(HeadRows x, HeadRows y, int length, int headDim, float* inverseNorms, int stride)
    {
        for (var i = 0; i < length; i++)
        {
            Prefetch.Row(x[Math.Min(i + FetchAhead, length - 1)], headDim);
            inverseNorms[(long)i * stride] = UnitRows<T>.Row(x[i], y[i], headDim);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override void ToUnitGradient(HeadRows y, float* inverseNorms, int stride, HeadRows yGradient, HeadRows xGradient, int length, int headDim)
    {
        for (var i = 0; i < length; i++)
        {
            var ahead = Math.Min(i + FetchAhead, length - 1);
            Prefetch.Row(y[ahead], headDim);
            Prefetch.Row(yGradient[ahead], headDim);
            UnitRows<T>.GradientRow(y[i], inverseNorms[(long)i * stride], yGradient[i], xGradient[i], headDim);
        }
    }
}
