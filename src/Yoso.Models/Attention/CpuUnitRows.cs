// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary><see cref="UnitRows"/> by a kernel: every head of every token to length one, [T, H, D].</summary>
internal sealed class CpuUnitRows : SafeFunction<CpuUnitRows, SequenceOffsets>
{
    protected override unsafe ForwardResult Forward(Tensor[] inputs, SequenceOffsets offsets)
    {
        var x = inputs[0].contiguous();
        var y = empty_like(x);
        var inverseNorms = empty(x.shape[0], x.shape[1]);
        HeadNormalisation.Forward(Shape(x, offsets), CpuTensors.Heads(x), CpuTensors.Heads(y), CpuTensors.Data(inverseNorms), CpuThreads.Count);
        // An alias: a node that keeps its own output alive would never be freed.
        return new ForwardResult(y, y.alias(), inverseNorms);
    }

    protected override bool Keeps(int input) => false;

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, SequenceOffsets offsets, Tensor gradient)
    {
        var (y, outputGradient) = (saved[0], gradient.contiguous());
        var result = empty_like(y);
        HeadNormalisation.Backward(Shape(y, offsets), CpuTensors.Heads(y), CpuTensors.Data(saved[1]), CpuTensors.Heads(outputGradient), CpuTensors.Heads(result), CpuThreads.Count);
        return [result];
    }

    private static PackedShape Shape(Tensor x, SequenceOffsets offsets) => new(offsets.Span, (int)x.shape[1], (int)x.shape[2]);
}
