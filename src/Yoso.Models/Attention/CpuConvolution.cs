// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>What one call of <see cref="CpuConvolution"/> needs.</summary>
internal sealed record CpuConvolutionArguments(Encoders.SequenceOffsets Offsets, int PaddedLength);

/// <summary><see cref="DepthwiseConvolution"/> by a kernel: the sum so far and the value, [T, H, D], weight [H, 1, window, 1] and positions [T].</summary>
internal sealed class CpuConvolution : SafeFunction<CpuConvolution, CpuConvolutionArguments>
{
    public static Tensor Apply(AttentionContext context, Tensor sum, Tensor value, Tensor weight) =>
        Apply(new CpuConvolutionArguments(context.Offsets, context.PaddedLength), sum, value, weight, context.PositionIds);

    protected override ForwardResult Forward(Tensor[] inputs, CpuConvolutionArguments arguments)
    {
        Tensor[] x = [.. inputs.Select(t => t.contiguous())];
        var output = empty_like(x[1]);
        Convolution.Forward(Call(x, output, arguments), CpuThreads.Count);
        return new ForwardResult(output);
    }

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, CpuConvolutionArguments arguments, Tensor gradient)
    {
        Tensor[] x = [.. inputs.Select(t => t.contiguous())];
        var outputGradient = gradient.contiguous();
        var (valueGradient, weightGradient) = (empty_like(x[1]), empty_like(x[2]));
        var call = new ConvolutionGradientCall
        {
            Forward = Call(x, valueGradient, arguments),
            OutputGradient = CpuTensors.Heads(outputGradient),
            ValueGradient = CpuTensors.Heads(valueGradient),
            WeightGradient = CpuTensors.Data(weightGradient),
        };
        Convolution.Backward(call, CpuThreads.Count);
        return [gradient.alias(), valueGradient, weightGradient, null];
    }

    private static unsafe ConvolutionCall Call(Tensor[] x, Tensor output, CpuConvolutionArguments arguments) => new()
    {
        Shape = new PackedShape(arguments.Offsets.Span, (int)x[1].shape[1], (int)x[1].shape[2]),
        Positions = CpuTensors.Integers(x[3]),
        PaddedLength = arguments.PaddedLength,
        Weight = CpuTensors.Data(x[2]),
        Window = (int)x[2].shape[2],
        Base = CpuTensors.Heads(x[0]),
        Value = CpuTensors.Heads(x[1]),
        Output = CpuTensors.Heads(output),
    };
}
