// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="FeedForward.Forward(in FeedForwardCall, int)"/>.</summary>
public readonly unsafe struct FeedForwardCall
{
    /// <summary>T.</summary>
    public required int Tokens { get; init; }

    /// <summary>x [T, C].</summary>
    public required TokenTensor Input { get; init; }

    /// <summary>Normalisation before the first layer; null for none.</summary>
    public required LayerNorm? Norm { get; init; }

    /// <summary>C to hidden.</summary>
    public required Linear First { get; init; }

    /// <summary>Hidden to C.</summary>
    public required Linear Second { get; init; }

    /// <summary>Over [T, hidden], after GELU.</summary>
    public Dropout HiddenDropout { get; init; }

    /// <summary>Over [T, C], after the second layer.</summary>
    public Dropout OutputDropout { get; init; }

    /// <summary>[T, C], overwritten.</summary>
    public required TokenTensor Output { get; init; }

    /// <summary>[T, 2], written for the backward pass; null in evaluation or without a norm.</summary>
    public float* Statistics { get; init; }

    /// <summary>[T, hidden] dropped GELU, written for the backward pass; null in evaluation.</summary>
    public float* Activation { get; init; }

    /// <summary>[T, hidden] its derivative, dropped alike, written for the backward pass; null in evaluation.</summary>
    public float* Derivative { get; init; }
}

/// <summary>Tensors of <see cref="FeedForward.Backward(in FeedForwardGradientCall, int)"/>.</summary>
public readonly struct FeedForwardGradientCall
{
    /// <summary>The forward call with its statistics, activation and derivative; its output is not read.</summary>
    public required FeedForwardCall Forward { get; init; }

    /// <summary>[T, C].</summary>
    public required TokenTensor OutputGradient { get; init; }

    /// <summary>[T, C], overwritten; includes the residual path.</summary>
    public required TokenTensor InputGradient { get; init; }

    /// <summary>Null without a norm.</summary>
    public required LayerNorm? NormGradient { get; init; }

    public required LinearGradient FirstGradient { get; init; }

    public required LinearGradient SecondGradient { get; init; }
}

/// <summary>The feed-forward half of an encoder block in one pass over the tokens; GELU by the error function.</summary>
public static class FeedForward
{
    /// <summary>output = x + dropout(second(dropout(gelu(first(norm(x)))))).</summary>
    /// <exception cref="ArgumentException">Widths or strides do not fit; the message has them.</exception>
    public static void Forward(in FeedForwardCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of input, norm and layers; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">Widths or strides do not fit; the message has them.</exception>
    public static void Backward(in FeedForwardGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in FeedForwardCall call, int threads, SimdPath path)
    {
        Check(in call);
        call.Output.Check(call.Tokens, call.First.Inputs, "Output");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static unsafe void Backward(in FeedForwardGradientCall call, int threads, SimdPath path)
    {
        var forward = call.Forward;
        Check(in forward);
        call.OutputGradient.Check(forward.Tokens, forward.First.Inputs, "Output gradient");
        call.InputGradient.Check(forward.Tokens, forward.First.Inputs, "Input gradient");
        if (forward.Activation is null || forward.Derivative is null || (forward.Norm.HasValue && forward.Statistics is null)
            || forward.Norm.HasValue != call.NormGradient.HasValue)
        {
            throw new ArgumentException("The backward pass needs activation and derivative of the forward pass and, with a norm, its statistics and gradient.");
        }

        FusedKernels.For(path).Backward(in call, threads);
    }

    private static void Check(in FeedForwardCall call)
    {
        call.First.Check(call.First.Inputs, "First layer");
        call.Second.Check(call.First.Outputs, "Second layer");
        if (call.Second.Outputs != call.First.Inputs)
        {
            throw new ArgumentException($"The second layer must give the {call.First.Inputs} values of the input; it gives {call.Second.Outputs}.");
        }

        call.Input.Check(call.Tokens, call.First.Inputs, "Input");
    }
}
