// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary>norm(residual + dropout(branch)) by one fused kernel: inputs branch and residual [T, C], norm scale and shift.</summary>
internal sealed class CpuResidualNorm : SafeFunction<CpuResidualNorm, CpuResidualNorm.Arguments>
{
    internal sealed record Arguments(double Dropout, Seed Seed);

    public static bool Serves(Tensor branch, Tensor residual, LayerNormalization norm) =>
        CpuTensors.Fit(branch) && CpuTensors.Fit(residual) && CpuTensors.Fit(norm.weight) && branch.dim() == 2 && branch.shape[0] > 0;

    public static Tensor Apply(Tensor branch, Tensor residual, LayerNormalization norm, double dropout, Seed seed) =>
        Apply(new Arguments(dropout, seed), branch, residual, norm.weight, norm.bias);

    protected override ForwardResult Forward(Tensor[] inputs, Arguments arguments)
    {
        var (branch, residual) = (inputs[0].contiguous(), inputs[1].contiguous());
        var output = empty_like(residual);
        var statistics = empty(branch.shape[0], 2);
        var bits = CpuDropout.Draw(arguments.Dropout, arguments.Seed, branch.shape[0], (int)branch.shape[1]);
        ResidualNorm.Forward(Call(branch, residual, output, inputs, statistics, bits, arguments), CpuThreads.Count);
        return new ForwardResult(output, bits is null ? [statistics] : [statistics, bits]);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Arguments arguments, Tensor gradient)
    {
        var (branch, residual, outputGradient) = (inputs[0].contiguous(), inputs[1].contiguous(), gradient.contiguous());
        Tensor[] gradients = [.. inputs.Select(i => empty(i.shape))];
        var call = new ResidualNormGradientCall
        {
            Forward = Call(branch, residual, outputGradient, inputs, saved[0], saved.ElementAtOrDefault(1), arguments),
            OutputGradient = CpuTensors.Tokens(outputGradient),
            BranchGradient = CpuTensors.Tokens(gradients[0]),
            ResidualGradient = CpuTensors.Tokens(gradients[1]),
            NormGradient = CpuTensors.Norm(gradients[2], gradients[3]),
        };
        ResidualNorm.Backward(call, CpuThreads.Count);
        return gradients;
    }

    private static unsafe ResidualNormCall Call(Tensor branch, Tensor residual, Tensor output, Tensor[] inputs, Tensor statistics, Tensor? bits, Arguments arguments) => new()
    {
        Tokens = (int)branch.shape[0],
        Width = (int)branch.shape[1],
        Branch = CpuTensors.Tokens(branch),
        Residual = CpuTensors.Tokens(residual),
        Norm = CpuTensors.Norm(inputs[2], inputs[3]),
        Dropout = CpuDropout.Of(bits, arguments.Dropout),
        Output = CpuTensors.Tokens(output),
        Statistics = CpuTensors.Data(statistics),
    };
}
