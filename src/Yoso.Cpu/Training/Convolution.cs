// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="Convolution.Forward(in ConvolutionCall, int)"/>.</summary>
public readonly unsafe struct ConvolutionCall
{
    public required PackedShape Shape { get; init; }

    /// <summary>[T], the position of each token in its padded sequence, distinct within a sequence; in any order.</summary>
    public required long* Positions { get; init; }

    /// <summary>Positions are below it.</summary>
    public required int PaddedLength { get; init; }

    /// <summary>[H, window], one filter a head.</summary>
    public required float* Weight { get; init; }

    /// <summary>Positions that a filter spans, odd.</summary>
    public required int Window { get; init; }

    /// <summary>[T, H, D].</summary>
    public required HeadTensor Value { get; init; }

    /// <summary>[T, H, D], what the convolution is added to; null for nothing.</summary>
    public HeadTensor? Base { get; init; }

    /// <summary>[T, H, D], overwritten; may be the base, must not overlap the value.</summary>
    public required HeadTensor Output { get; init; }
}

/// <summary>Tensors of <see cref="Convolution.Backward(in ConvolutionGradientCall, int)"/>; the gradients are overwritten.</summary>
public readonly unsafe struct ConvolutionGradientCall
{
    /// <summary>The forward call; its base and output are not read.</summary>
    public required ConvolutionCall Forward { get; init; }

    /// <summary>[T, H, D], also the gradient of the base.</summary>
    public required HeadTensor OutputGradient { get; init; }

    /// <summary>[T, H, D]; must not overlap the output gradient.</summary>
    public required HeadTensor ValueGradient { get; init; }

    /// <summary>[H, window].</summary>
    public required float* WeightGradient { get; init; }
}

/// <summary>
/// Depthwise convolution along the sequence, one filter a head for all its D values. O(T H D window) time; a sequence's padded
/// values take scratch memory of one worker, a head at a time. A position without a token counts as zero.
/// </summary>
public static class Convolution
{
    /// <summary>output[t] = base[t] + sum over k below window of weight[h, k] * value at position[t] + k - window / 2 of the same sequence.</summary>
    /// <exception cref="ArgumentException">Window, positions or strides do not fit; the message has them.</exception>
    public static void Forward(in ConvolutionCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of value and weight; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">Window, positions or strides do not fit; the message has them.</exception>
    public static void Backward(in ConvolutionGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in ConvolutionCall call, int threads, SimdPath path)
    {
        Check(in call);
        call.Output.Check(call.Shape, "Output");
        call.Base?.Check(call.Shape, "Base");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static unsafe void Backward(in ConvolutionGradientCall call, int threads, SimdPath path)
    {
        Check(call.Forward);
        call.OutputGradient.Check(call.Forward.Shape, "Output gradient");
        call.ValueGradient.Check(call.Forward.Shape, "Value gradient");
        if (call.WeightGradient is null)
        {
            throw new ArgumentException("The backward pass needs a place for the gradient of the weights.");
        }

        FusedKernels.For(path).Backward(in call, threads);
    }

    private static unsafe void Check(in ConvolutionCall call)
    {
        if (call.Window < 1 || call.Window % 2 == 0 || call.Weight is null)
        {
            throw new ArgumentException($"The window must be odd and positive, with weights; got {call.Window}{(call.Weight is null ? " and no weights" : "")}.");
        }

        for (var token = 0; token < call.Shape.Tokens; token++)
        {
            if ((ulong)call.Positions[token] >= (ulong)call.PaddedLength)
            {
                throw new ArgumentException($"Token {token} has position {call.Positions[token]}; positions are 0 to {call.PaddedLength - 1}.");
            }
        }

        call.Value.Check(call.Shape, "Value");
    }
}
