// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Attention;

/// <summary>The kernels of one register width and one padded head dimension.</summary>
internal abstract unsafe class LshKernels
{
    /// <summary>output[i] = mean over hashes of the sum of value[j] over keys j in the bucket of query i, brought to length one where <see cref="UnitTarget.Given"/>.</summary>
    internal abstract void Cumulate(LshOptions options, int headDim, int length, CodeRows query, CodeRows key, HeadRows value, UnitTarget output, Scratch scratch);

    internal abstract void WeightedGradient(in WeightedItem item, Scratch scratch);

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

    /// <summary>As they were hashed.</summary>
    internal required HeadRows Query { get; init; }

    /// <summary>Where queries were brought to length one before: their gradient is then that of the given ones. Its rows are <see cref="Query"/>.</summary>
    internal UnitTarget UnitQuery { get; init; }

    /// <inheritdoc cref="UnitQuery"/>
    internal UnitTarget UnitKey { get; init; }

    internal required HeadRows Key { get; init; }

    internal required HeadRows Value { get; init; }

    /// <summary>Of the sum over hashes, or where <see cref="Output"/> is of length one of the sum brought to length one.</summary>
    internal required HeadRows OutputGradient { get; init; }

    internal UnitTarget Output { get; init; }

    internal required HeadRows QueryGradient { get; init; }

    internal required HeadRows KeyGradient { get; init; }

    internal required HeadRows ValueGradient { get; init; }
}

internal sealed unsafe partial class LshKernels<T, TWidth> : LshKernels
    where T : unmanaged, ISimd<T>
    where TWidth : struct, IWidth
{
    /// <summary>Turns the gradients of vectors of length one into those of vectors of any length, in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToUnitGradient(UnitTarget unit, HeadRows gradient, int length, int headDim)
    {
        for (var i = 0; unit.Given && i < length; i++)
        {
            var ahead = Math.Min(i + Prefetch.RowsAhead, length - 1);
            Prefetch.Row(unit.Rows[ahead], headDim);
            Prefetch.Row(gradient[ahead], headDim);
            UnitRows<T>.GradientRow(unit.Rows[i], unit.InverseNorm(i), gradient[i], gradient[i], headDim);
        }
    }
}
