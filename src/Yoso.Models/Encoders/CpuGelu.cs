// SPDX-License-Identifier: MIT
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>GELU by a kernel on all <see cref="CpuThreads"/>; elsewhere than in float32 on the CPU torch's own.</summary>
internal sealed class CpuGelu : SafeFunction<CpuGelu, CpuGelu.NoArguments>
{
    internal readonly record struct NoArguments;

    public static Tensor Of(Tensor input) => CpuTensors.Fit(input) && input.numel() > 0 ? Apply(default, input) : nn.functional.gelu(input);

    protected override unsafe ForwardResult Forward(Tensor[] inputs, NoArguments arguments)
    {
        var x = inputs[0].contiguous();
        var output = empty_like(x);
        Cpu.Gelu.Forward(CpuTensors.Data(x), CpuTensors.Data(output), x.numel(), CpuThreads.Count);
        return new ForwardResult(output);
    }

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, NoArguments arguments, Tensor gradient)
    {
        var (x, outputGradient) = (inputs[0].contiguous(), gradient.contiguous());
        var result = empty_like(x);
        Cpu.Gelu.Backward(CpuTensors.Data(x), CpuTensors.Data(outputGradient), CpuTensors.Data(result), x.numel(), CpuThreads.Count);
        return [result];
    }
}
