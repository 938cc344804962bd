// SPDX-License-Identifier: MIT
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Training;

/// <summary>The fused training-step kernels of one register width.</summary>
internal abstract class FusedKernels
{
    internal abstract void Forward(in NormProjectionCall call, int threads);

    internal abstract void Backward(in NormProjectionGradientCall call, int threads);

    internal abstract void Forward(in ProjectionResidualCall call, int threads);

    internal abstract void Backward(in ProjectionResidualGradientCall call, int threads);

    internal abstract void Forward(in FeedForwardCall call, int threads);

    internal abstract void Backward(in FeedForwardGradientCall call, int threads);

    internal abstract void Forward(in ExactAttentionCall call, int threads);

    internal abstract void Backward(in ExactAttentionGradientCall call, int threads);

    internal abstract void Forward(in ConvolutionCall call, int threads);

    internal abstract void Backward(in ConvolutionGradientCall call, int threads);

    internal abstract void Forward(in TokenEmbeddingCall call, int threads);

    internal abstract void Backward(in TokenEmbeddingGradientCall call, int threads);

    internal abstract void Forward(in NormPoolCall call, int threads);

    internal abstract void Backward(in NormPoolGradientCall call, int threads);

    /// <exception cref="ArgumentException">The machine has no such registers.</exception>
    internal static FusedKernels For(SimdPath path)
    {
        if (!CpuKernels.Supports(path))
        {
            throw new ArgumentException($"This machine has no {path} kernels; it supports {CpuKernels.Path} and narrower.");
        }

        return path switch
        {
            SimdPath.Vector512 => new FusedKernels<Simd512>(),
            SimdPath.Vector256 => new FusedKernels<Simd256>(),
            _ => new FusedKernels<Simd128>(),
        };
    }
}

internal sealed partial class FusedKernels<T> : FusedKernels
    where T : unmanaged, ISimd<T>
{
    /// <summary>Runs <paramref name="block"/> over all blocks of all chunks of the tokens.</summary>
    private static void ForBlocks(int tokens, int threads, Action<int, int, int, Scratch> block)
    {
        var chunks = TokenChunks.Of(tokens);
        WorkItems.Run(chunks.Order, threads, (chunk, scratch) =>
        {
            for (var first = chunks.First(chunk); first < chunks.Last(chunk); first += TokenChunks.Block)
            {
                scratch.Reset();
                block(chunk, first, Math.Min(TokenChunks.Block, chunks.Last(chunk) - first), scratch);
            }
        });
    }

    private static int ChunkCount(int tokens) => TokenChunks.Of(tokens).Order.Length;
}
