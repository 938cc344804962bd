// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="NormProjection.Forward(in NormProjectionCall, int)"/>.</summary>
public readonly unsafe struct NormProjectionCall
{
    /// <summary>T.</summary>
    public required int Tokens { get; init; }

    /// <summary>x [T, C].</summary>
    public required TokenTensor Input { get; init; }

    /// <summary>Null: the projections take x itself.</summary>
    public required LayerNorm? Norm { get; init; }

    /// <summary>Layers that take C inputs: query, key and value, for instance.</summary>
    public required Linear[] Layers { get; init; }

    /// <summary>[T, outputs] of each layer, overwritten; may be slices of one tensor.</summary>
    public required TokenTensor[] Outputs { get; init; }

    /// <summary>[T, 2] mean and inverse deviation, written for the backward pass; null in evaluation or without a norm.</summary>
    public float* Statistics { get; init; }
}

/// <summary>Tensors of <see cref="NormProjection.Backward(in NormProjectionGradientCall, int)"/>.</summary>
public readonly unsafe struct NormProjectionGradientCall
{
    /// <summary>The forward call, with its statistics; its outputs are not read.</summary>
    public required NormProjectionCall Forward { get; init; }

    /// <summary>[T, outputs] of each layer.</summary>
    public required TokenTensor[] OutputGradients { get; init; }

    /// <summary>[T, C], overwritten.</summary>
    public required TokenTensor InputGradient { get; init; }

    /// <summary>Of scale and shift, overwritten; null without a norm.</summary>
    public required LayerNorm? NormGradient { get; init; }

    /// <summary>Of each layer, overwritten.</summary>
    public required LinearGradient[] LayerGradients { get; init; }
}

/// <summary>Layer normalisation and several linear layers of its result, one pass over the tokens.</summary>
public static class NormProjection
{
    /// <summary>outputs[i] = layers[i](norm(x)).</summary>
    /// <exception cref="ArgumentException">Widths or strides do not fit; the message has them.</exception>
    public static void Forward(in NormProjectionCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of input, norm and layers; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">Widths or strides do not fit; the message has them.</exception>
    public static void Backward(in NormProjectionGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in NormProjectionCall call, int threads, SimdPath path)
    {
        Check(in call, call.Outputs, "Output");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static unsafe void Backward(in NormProjectionGradientCall call, int threads, SimdPath path)
    {
        Check(call.Forward, call.OutputGradients, "Output gradient");
        call.InputGradient.Check(call.Forward.Tokens, call.Forward.Layers[0].Inputs, "Input gradient");
        if (call.LayerGradients.Length != call.Forward.Layers.Length || call.Forward.Norm.HasValue != call.NormGradient.HasValue
            || (call.Forward.Norm.HasValue && call.Forward.Statistics is null))
        {
            throw new ArgumentException("The backward pass needs a gradient for every layer and, with a norm, its gradient and the statistics of the forward pass.");
        }

        FusedKernels.For(path).Backward(in call, threads);
    }

    private static void Check(in NormProjectionCall call, TokenTensor[] outputs, string name)
    {
        if (call.Layers.Length == 0 || call.Layers.Length != outputs.Length)
        {
            throw new ArgumentException($"Each of the {call.Layers.Length} layers needs one {name}; got {outputs.Length}.");
        }

        for (var i = 0; i < outputs.Length; i++)
        {
            call.Layers[i].Check(call.Layers[0].Inputs, $"Layer {i}");
            outputs[i].Check(call.Tokens, call.Layers[i].Outputs, $"{name} {i}");
        }

        call.Input.Check(call.Tokens, call.Layers[0].Inputs, "Input");
    }
}
