// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>Tensors of <see cref="ProjectionResidual.Forward(in ProjectionResidualCall, int)"/>.</summary>
public readonly unsafe struct ProjectionResidualCall
{
    /// <summary>T.</summary>
    public required int Tokens { get; init; }

    /// <summary>x [T, inputs].</summary>
    public required TokenTensor Input { get; init; }

    public required Linear Layer { get; init; }

    /// <summary>Over [T, outputs]; default in evaluation.</summary>
    public Dropout Dropout { get; init; }

    /// <summary>[T, outputs].</summary>
    public required TokenTensor Residual { get; init; }

    /// <summary>[T, outputs], overwritten; may be the residual itself.</summary>
    public required TokenTensor Output { get; init; }
}

/// <summary>Tensors of <see cref="ProjectionResidual.Backward(in ProjectionResidualGradientCall, int)"/>.</summary>
public readonly struct ProjectionResidualGradientCall
{
    /// <summary>The forward call; residual and output are not read.</summary>
    public required ProjectionResidualCall Forward { get; init; }

    /// <summary>[T, outputs]; also the gradient of the residual.</summary>
    public required TokenTensor OutputGradient { get; init; }

    /// <summary>[T, inputs], overwritten.</summary>
    public required TokenTensor InputGradient { get; init; }

    public required LinearGradient LayerGradient { get; init; }
}

/// <summary>A linear layer, dropout and residual connection in one pass over the tokens.</summary>
public static class ProjectionResidual
{
    /// <summary>output = residual + dropout(layer(x)).</summary>
    /// <exception cref="ArgumentException">Widths or strides do not fit; the message has them.</exception>
    public static void Forward(in ProjectionResidualCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of input and layer; bit-identical for any number of threads.</summary>
    /// <exception cref="ArgumentException">Widths or strides do not fit; the message has them.</exception>
    public static void Backward(in ProjectionResidualGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in ProjectionResidualCall call, int threads, SimdPath path)
    {
        call.Layer.Check(call.Layer.Inputs, "Layer");
        call.Input.Check(call.Tokens, call.Layer.Inputs, "Input");
        call.Residual.Check(call.Tokens, call.Layer.Outputs, "Residual");
        call.Output.Check(call.Tokens, call.Layer.Outputs, "Output");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static void Backward(in ProjectionResidualGradientCall call, int threads, SimdPath path)
    {
        var forward = call.Forward;
        forward.Layer.Check(forward.Layer.Inputs, "Layer");
        forward.Input.Check(forward.Tokens, forward.Layer.Inputs, "Input");
        call.OutputGradient.Check(forward.Tokens, forward.Layer.Outputs, "Output gradient");
        call.InputGradient.Check(forward.Tokens, forward.Layer.Inputs, "Input gradient");
        FusedKernels.For(path).Backward(in call, threads);
    }
}
