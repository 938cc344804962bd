// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>What one call of <see cref="CpuExactAttention"/> needs.</summary>
internal sealed record CpuExactArguments(SequenceOffsets Offsets, ExactWeight Weight, int HashCodeLength, double Dropout, Seed Seed);

/// <summary><see cref="SoftmaxFunction"/> and <see cref="YosoExpectationFunction"/> by a blocked kernel, so that YOSO is compared with softmax on equal terms.</summary>
internal sealed class CpuExactAttention : SafeFunction<CpuExactAttention, CpuExactArguments>
{
    protected override ForwardResult Forward(Tensor[] inputs, CpuExactArguments arguments)
    {
        Tensor[] x = [.. inputs.Select(t => t.contiguous())];
        var output = empty_like(x[2]);
        var logSum = empty(x[0].shape[1], x[0].shape[0]); // [H, T]
        ExactAttention.Forward(Call(x, output, logSum, arguments), CpuThreads.Count);
        return new ForwardResult(output, logSum);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, CpuExactArguments arguments, Tensor gradient)
    {
        Tensor[] x = [.. inputs.Select(t => t.contiguous())];
        var outputGradient = gradient.contiguous();
        Tensor[] gradients = [.. inputs.Select(t => empty(t.shape))];
        var call = new ExactAttentionGradientCall
        {
            Forward = Call(x, outputGradient, saved[0], arguments),
            OutputGradient = CpuTensors.Heads(outputGradient),
            QueryGradient = CpuTensors.Heads(gradients[0]),
            KeyGradient = CpuTensors.Heads(gradients[1]),
            ValueGradient = CpuTensors.Heads(gradients[2]),
        };
        ExactAttention.Backward(call, CpuThreads.Count);
        return gradients;
    }

    private static unsafe ExactAttentionCall Call(Tensor[] x, Tensor output, Tensor logSum, CpuExactArguments arguments) => new()
    {
        Shape = new PackedShape(arguments.Offsets.Span, (int)x[0].shape[1], (int)x[0].shape[2]),
        Weight = arguments.Weight,
        Scale = arguments.Weight == ExactWeight.Softmax ? (float)(1 / Math.Sqrt(x[0].shape[2])) : 1,
        CodeLength = arguments.HashCodeLength,
        Dropout = arguments.Dropout,
        DropoutSeed = arguments.Seed.Value,
        Query = CpuTensors.Heads(x[0]),
        Key = CpuTensors.Heads(x[1]),
        Value = CpuTensors.Heads(x[2]),
        Output = CpuTensors.Heads(output),
        LogSum = arguments.Weight == ExactWeight.Softmax ? CpuTensors.Data(logSum) : null,
    };
}
