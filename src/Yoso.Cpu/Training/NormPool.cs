// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="NormPool.Forward(in NormPoolCall, int)"/>.</summary>
public readonly unsafe struct NormPoolCall
{
    /// <summary>T tokens in B sequences of one head of C values.</summary>
    public required PackedShape Shape { get; init; }

    /// <summary>[T, C].</summary>
    public required TokenTensor Input { get; init; }

    public required LayerNorm Norm { get; init; }

    /// <summary>[B], what the sum over a sequence is multiplied by.</summary>
    public required float* Factors { get; init; }

    /// <summary>[B, C], overwritten; zero for a sequence without tokens. Not used by the backward pass.</summary>
    public required TokenTensor Output { get; init; }

    /// <summary>[T, 2] mean and 1 / deviation, written for the backward pass.</summary>
    public required float* Statistics { get; init; }
}

/// <summary>Tensors of <see cref="NormPool.Backward(in NormPoolGradientCall, int)"/>; the gradients are overwritten.</summary>
public readonly struct NormPoolGradientCall
{
    public required NormPoolCall Forward { get; init; }

    /// <summary>[B, C].</summary>
    public required TokenTensor OutputGradient { get; init; }

    /// <summary>[T, C].</summary>
    public required TokenTensor InputGradient { get; init; }

    public required LayerNorm NormGradient { get; init; }
}

/// <summary>The last step of an encoder with mean pooling: factor * sum over the tokens of a sequence of norm(token), in one pass over the tokens.</summary>
public static class NormPool
{
    /// <exception cref="ArgumentException">Strides do not fit; the message has them.</exception>
    public static void Forward(in NormPoolCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of input and norm; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">Strides do not fit; the message has them.</exception>
    public static void Backward(in NormPoolGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in NormPoolCall call, int threads, SimdPath path)
    {
        Check(in call);
        call.Output.Check(call.Shape.Sequences, call.Shape.HeadDim, "Output");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static void Backward(in NormPoolGradientCall call, int threads, SimdPath path)
    {
        var forward = call.Forward;
        Check(in forward);
        call.OutputGradient.Check(forward.Shape.Sequences, forward.Shape.HeadDim, "Output gradient");
        call.InputGradient.Check(forward.Shape.Tokens, forward.Shape.HeadDim, "Input gradient");
        FusedKernels.For(path).Backward(in call, threads);
    }

    private static unsafe void Check(in NormPoolCall call)
    {
        if (call.Shape.Heads != 1 || call.Factors is null || call.Statistics is null)
        {
            throw new ArgumentException($"Pooling takes tokens of one head, factors and a place for statistics; got {call.Shape}{(call.Factors is null || call.Statistics is null ? " without them" : "")}.");
        }

        call.Input.Check(call.Shape.Tokens, call.Shape.HeadDim, "Input");
    }
}
