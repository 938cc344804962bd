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
        var sum = inputs[0].contiguous();
        Tensor[] x = [.. inputs[1..].Select(t => t.contiguous())];
        var output = empty_like(x[0]);
        Convolution.Forward(Call(x, output, arguments, CpuTensors.Heads(sum)), CpuThreads.Count);
        return new ForwardResult(output);
    }

    protected override bool Keeps(int input) => input > 0;

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, CpuConvolutionArguments arguments, Tensor gradient)
    {
        Tensor[] x = [.. inputs[1..].Select(t => t.contiguous())];
        var outputGradient = gradient.contiguous();
        var (valueGradient, weightGradient) = (empty_like(x[0]), empty_like(x[1]));
        var call = new ConvolutionGradientCall
        {
            Forward = Call(x, valueGradient, arguments, start: null),
            OutputGradient = CpuTensors.Heads(outputGradient),
            ValueGradient = CpuTensors.Heads(valueGradient),
            WeightGradient = CpuTensors.Data(weightGradient),
        };
        Convolution.Backward(call, CpuThreads.Count);
        return [gradient.alias(), valueGradient, weightGradient, null];
    }

    /// <param name="x">Value, weight and positions.</param>
    private static unsafe ConvolutionCall Call(Tensor[] x, Tensor output, CpuConvolutionArguments arguments, HeadTensor? start) => new()
    {
        Shape = new PackedShape(arguments.Offsets.Span, (int)x[0].shape[1], (int)x[0].shape[2]),
        Positions = CpuTensors.Integers(x[2]),
        PaddedLength = arguments.PaddedLength,
        Weight = CpuTensors.Data(x[1]),
        Window = (int)x[1].shape[2],
        Base = start,
        Value = CpuTensors.Heads(x[0]),
        Output = CpuTensors.Heads(output),
    };
}
