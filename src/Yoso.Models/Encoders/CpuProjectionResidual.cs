// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary><see cref="BlockFunctions.ProjectionResidual"/> by one fused kernel: inputs heads [T, H, D], residual [T, C], weight, bias.</summary>
internal sealed class CpuProjectionResidual : SafeFunction<CpuProjectionResidual, CpuProjectionResidual.Arguments>
{
    internal sealed record Arguments(double Dropout, Seed Seed);

    public static Tensor Apply(Tensor heads, Tensor residual, LinearLayer projection, double dropout, Seed seed) =>
        Apply(new Arguments(dropout, seed), heads, residual, projection.weight, projection.bias);

    protected override ForwardResult Forward(Tensor[] inputs, Arguments arguments)
    {
        var (heads, residual) = (inputs[0].contiguous(), inputs[1].contiguous());
        var output = empty_like(residual);
        var bits = CpuDropout.Draw(arguments.Dropout, arguments.Seed, residual.shape[0], (int)residual.shape[1]);
        Yoso.Cpu.ProjectionResidual.Forward(Call(heads, residual, output, inputs, bits, arguments), CpuThreads.Count);
        return new ForwardResult(output, bits is null ? [] : [bits]);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Arguments arguments, Tensor gradient)
    {
        var (heads, outputGradient) = (inputs[0].contiguous(), gradient.contiguous());
        Tensor[] gradients = [empty(inputs[0].shape), outputGradient.alias(), empty(inputs[2].shape), empty(inputs[3].shape)];
        var call = new ProjectionResidualGradientCall
        {
            Forward = Call(heads, outputGradient, outputGradient, inputs, saved.FirstOrDefault(), arguments),
            OutputGradient = CpuTensors.Tokens(outputGradient),
            InputGradient = CpuTensors.Tokens(gradients[0]),
            LayerGradient = CpuTensors.LayerGradient(gradients[2], gradients[3]),
        };
        Yoso.Cpu.ProjectionResidual.Backward(call, CpuThreads.Count);
        return gradients;
    }

    private static ProjectionResidualCall Call(Tensor heads, Tensor residual, Tensor output, Tensor[] inputs, Tensor? bits, Arguments arguments) => new()
    {
        Tokens = (int)residual.shape[0],
        Input = CpuTensors.Tokens(heads),
        Layer = CpuTensors.Layer(inputs[2], inputs[3]),
        Dropout = CpuDropout.Of(bits, arguments.Dropout),
        Residual = CpuTensors.Tokens(residual),
        Output = CpuTensors.Tokens(output),
    };
}
