// SPDX-License-Identifier: MIT
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="ResidualNorm.Forward(in ResidualNormCall, int)"/>.</summary>
public readonly unsafe struct ResidualNormCall
{
    /// <summary>T.</summary>
    public required int Tokens { get; init; }

    /// <summary>C, any width.</summary>
    public required int Width { get; init; }

    /// <summary>What is added to the residual, [T, C].</summary>
    public required TokenTensor Branch { get; init; }

    /// <summary>[T, C].</summary>
    public required TokenTensor Residual { get; init; }

    public required LayerNorm Norm { get; init; }

    /// <summary>Over the branch, [T, C].</summary>
    public Dropout Dropout { get; init; }

    /// <summary>[T, C], overwritten; not read by the backward pass.</summary>
    public required TokenTensor Output { get; init; }

    /// <summary>[T, 2] mean and 1 / deviation, written for the backward pass.</summary>
    public required float* Statistics { get; init; }
}

/// <summary>Tensors of <see cref="ResidualNorm.Backward(in ResidualNormGradientCall, int)"/>.</summary>
public readonly struct ResidualNormGradientCall
{
    public required ResidualNormCall Forward { get; init; }

    /// <summary>[T, C].</summary>
    public required TokenTensor OutputGradient { get; init; }

    /// <summary>[T, C], overwritten.</summary>
    public required TokenTensor BranchGradient { get; init; }

    /// <summary>[T, C], overwritten.</summary>
    public required TokenTensor ResidualGradient { get; init; }

    public required LayerNorm NormGradient { get; init; }
}

/// <summary>The end of each half of a post-norm block (BERT): norm(residual + dropout(branch)), in one pass over the tokens.</summary>
public static class ResidualNorm
{
    /// <exception cref="ArgumentException">Strides do not fit; the message has them.</exception>
    public static void Forward(in ResidualNormCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of branch, residual and norm; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">Strides do not fit; the message has them.</exception>
    public static void Backward(in ResidualNormGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in ResidualNormCall call, int threads, SimdPath path)
    {
        Check(in call);
        call.Output.Check(call.Tokens, call.Width, "Output");
        switch (path)
        {
            case SimdPath.Vector512:
                ResidualNormKernel<Simd512>.Forward(call, threads);
                break;
            case SimdPath.Vector256:
                ResidualNormKernel<Simd256>.Forward(call, threads);
                break;
            default:
                ResidualNormKernel<Simd128>.Forward(call, threads);
                break;
        }
    }

    internal static void Backward(in ResidualNormGradientCall call, int threads, SimdPath path)
    {
        var forward = call.Forward;
        Check(in forward);
        call.OutputGradient.Check(forward.Tokens, forward.Width, "Output gradient");
        call.BranchGradient.Check(forward.Tokens, forward.Width, "Branch gradient");
        call.ResidualGradient.Check(forward.Tokens, forward.Width, "Residual gradient");
        switch (path)
        {
            case SimdPath.Vector512:
                ResidualNormKernel<Simd512>.Backward(call, threads);
                break;
            case SimdPath.Vector256:
                ResidualNormKernel<Simd256>.Backward(call, threads);
                break;
            default:
                ResidualNormKernel<Simd128>.Backward(call, threads);
                break;
        }
    }

    private static void Check(in ResidualNormCall call)
    {
        call.Branch.Check(call.Tokens, call.Width, "Branch");
        call.Residual.Check(call.Tokens, call.Width, "Residual");
    }
}

internal static unsafe class ResidualNormKernel<T>
    where T : unmanaged, ISimd<T>
{
    internal static void Forward(ResidualNormCall c, int threads)
    {
        var shared = Scratch.Rent();
        var norm = new PackedNorm<T>(c.Norm, c.Width, shared);
        ForBlocks(c.Tokens, threads, (_, first, count, scratch) =>
        {
            var sum = Sum(in c, first, count, scratch);
            norm.Forward(sum, count, c.Statistics + (2L * first), sum);
            Blocks<T>.Store(sum, c.Output, first, count, c.Width);
        });
        shared.Return();
    }

    internal static void Backward(ResidualNormGradientCall c, int threads)
    {
        var forward = c.Forward;
        var shared = Scratch.Rent();
        var norm = new PackedNorm<T>(forward.Norm, forward.Width, shared);
        var chunks = TokenChunks.Of(forward.Tokens).Order.Length;
        var buffers = shared.TakeZeroed<float>((long)chunks * norm.GradientSize);
        ForBlocks(forward.Tokens, threads, (chunk, first, count, scratch) =>
        {
            var standardised = Sum(in forward, first, count, scratch);
            LayerNormBlocks<T>.Restandardise(standardised, count, forward.Width, forward.Statistics + (2L * first));
            var gradient = Blocks<T>.Take(forward.Width, scratch);
            Blocks<T>.Load(c.OutputGradient, first, count, forward.Width, gradient);
            norm.Backward(gradient, standardised, count, forward.Statistics + (2L * first), buffers + ((long)chunk * norm.GradientSize));
            Blocks<T>.Store(gradient, c.ResidualGradient, first, count, forward.Width);
            Blocks<T>.Drop(gradient, first, count, forward.Width, forward.Dropout);
            Blocks<T>.Store(gradient, c.BranchGradient, first, count, forward.Width);
        });
        norm.Reduce(buffers, norm.GradientSize, chunks, c.NormGradient);
        shared.Return();
    }

    /// <summary>residual + dropout(branch) of some tokens.</summary>
    private static float* Sum(in ResidualNormCall c, int first, int count, Scratch scratch)
    {
        var sum = Blocks<T>.Take(c.Width, scratch);
        var residual = Blocks<T>.Take(c.Width, scratch);
        Blocks<T>.Load(c.Branch, first, count, c.Width, sum);
        Blocks<T>.Drop(sum, first, count, c.Width, c.Dropout);
        Blocks<T>.Load(c.Residual, first, count, c.Width, residual);
        Blocks<T>.Add(sum, residual, count, c.Width);
        return sum;
    }

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
}
