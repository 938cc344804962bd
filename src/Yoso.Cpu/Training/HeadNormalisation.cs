// SPDX-License-Identifier: MIT
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>
/// Scales every head of every token to length one. A zero row stays zero and has a zero gradient; a row with a NaN or an
/// infinity becomes NaN.
/// </summary>
public static unsafe class HeadNormalisation
{
    /// <summary>y = x / |x|.</summary>
    /// <param name="shape">Tokens, heads and head dimension.</param>
    /// <param name="x">[T, H, D].</param>
    /// <param name="y">[T, H, D], overwritten; may be x itself.</param>
    /// <param name="inverseNorms">[T, H] 1 / |x|, 0 for a zero row, written for the backward pass; may be null.</param>
    /// <param name="threads">Workers, from 1.</param>
    /// <exception cref="ArgumentException">Strides do not fit; the message has them.</exception>
    public static void Forward(PackedShape shape, HeadTensor x, HeadTensor y, float* inverseNorms, int threads) =>
        Forward(shape, x, y, inverseNorms, threads, CpuKernels.Path);

    /// <summary>xGradient = (yGradient - y (y . yGradient)) / |x|.</summary>
    /// <param name="shape">Tokens, heads and head dimension.</param>
    /// <param name="y">The output of the forward pass.</param>
    /// <param name="inverseNorms">[T, H] from the forward pass.</param>
    /// <param name="yGradient">[T, H, D].</param>
    /// <param name="xGradient">[T, H, D], overwritten; may be yGradient itself.</param>
    /// <param name="threads">Workers, from 1.</param>
    /// <exception cref="ArgumentException">Strides do not fit; the message has them.</exception>
    public static void Backward(PackedShape shape, HeadTensor y, float* inverseNorms, HeadTensor yGradient, HeadTensor xGradient, int threads) =>
        Backward(shape, y, inverseNorms, yGradient, xGradient, threads, CpuKernels.Path);

    internal static void Forward(PackedShape shape, HeadTensor x, HeadTensor y, float* inverseNorms, int threads, SimdPath path)
    {
        x.Check(shape, "Input");
        y.Check(shape, "Output");
        var chunks = TokenChunks.Of(shape.Tokens);
        WorkItems.Run(chunks.Order, threads, (chunk, _) =>
        {
            var (first, last) = (chunks.First(chunk), chunks.Last(chunk));
            switch (path)
            {
                case SimdPath.Vector512:
                    UnitRows<Simd512>.Forward(shape, first, last, x, y, inverseNorms);
                    break;
                case SimdPath.Vector256:
                    UnitRows<Simd256>.Forward(shape, first, last, x, y, inverseNorms);
                    break;
                default:
                    UnitRows<Simd128>.Forward(shape, first, last, x, y, inverseNorms);
                    break;
            }
        });
    }

    internal static void Backward(
        PackedShape shape, HeadTensor y, float* inverseNorms, HeadTensor yGradient, HeadTensor xGradient, int threads, SimdPath path)
    {
        y.Check(shape, "Output");
        yGradient.Check(shape, "Output gradient");
        xGradient.Check(shape, "Input gradient");
        var chunks = TokenChunks.Of(shape.Tokens);
        WorkItems.Run(chunks.Order, threads, (chunk, _) =>
        {
            var (first, last) = (chunks.First(chunk), chunks.Last(chunk));
            switch (path)
            {
                case SimdPath.Vector512:
                    UnitRows<Simd512>.Backward(shape, first, last, y, inverseNorms, yGradient, xGradient);
                    break;
                case SimdPath.Vector256:
                    UnitRows<Simd256>.Backward(shape, first, last, y, inverseNorms, yGradient, xGradient);
                    break;
                default:
                    UnitRows<Simd128>.Backward(shape, first, last, y, inverseNorms, yGradient, xGradient);
                    break;
            }
        });
    }
}
