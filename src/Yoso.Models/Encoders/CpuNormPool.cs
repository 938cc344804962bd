// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary><see cref="BlockFunctions.NormPool"/> by one fused kernel: inputs x [T, C], norm scale and shift.</summary>
internal sealed class CpuNormPool : SafeFunction<CpuNormPool, CpuNormPool.Arguments>
{
    /// <param name="Factors">[B], what the sum over a sequence is multiplied by.</param>
    internal sealed record Arguments(SequenceOffsets Offsets, float[] Factors);

    public static Tensor Apply(Tensor input, LayerNormalization norm, PackedTokens tokens, MeanDivisor divisor) =>
        Apply(new Arguments(tokens.Offsets, Factors(tokens, divisor)), input, norm.weight, norm.bias);

    protected override unsafe ForwardResult Forward(Tensor[] inputs, Arguments arguments)
    {
        var x = inputs[0].contiguous();
        var (output, statistics) = (empty(arguments.Offsets.Count, x.shape[1]), empty(x.shape[0], 2));
        fixed (float* factors = arguments.Factors)
        {
            Yoso.Cpu.NormPool.Forward(Call(x, inputs, output, statistics, arguments, factors), CpuThreads.Count);
        }

        return new ForwardResult(output, statistics);
    }

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Arguments arguments, Tensor gradient)
    {
        var (x, outputGradient) = (inputs[0].contiguous(), gradient.contiguous());
        Tensor[] gradients = [.. inputs.Select(i => empty(i.shape))];
        fixed (float* factors = arguments.Factors)
        {
            var call = new NormPoolGradientCall
            {
                Forward = Call(x, inputs, outputGradient, saved[0], arguments, factors),
                OutputGradient = CpuTensors.Tokens(outputGradient),
                InputGradient = CpuTensors.Tokens(gradients[0]),
                NormGradient = CpuTensors.Norm(gradients[1], gradients[2]),
            };
            Yoso.Cpu.NormPool.Backward(call, CpuThreads.Count);
        }

        return gradients;
    }

    private static unsafe NormPoolCall Call(Tensor x, Tensor[] inputs, Tensor output, Tensor statistics, Arguments arguments, float* factors) => new()
    {
        Shape = new PackedShape(arguments.Offsets.Span, 1, (int)x.shape[1]),
        Input = CpuTensors.Tokens(x),
        Norm = CpuTensors.Norm(inputs[1], inputs[2]),
        Factors = factors,
        Output = CpuTensors.Tokens(output),
        Statistics = CpuTensors.Data(statistics),
    };

    private static float[] Factors(PackedTokens tokens, MeanDivisor divisor)
    {
        var factors = new float[tokens.Offsets.Count];
        for (var i = 0; i < factors.Length; i++)
        {
            factors[i] = 1f / (divisor == MeanDivisor.PaddedLength ? tokens.PaddedLength : Math.Max(1, tokens.Offsets.Length(i)));
        }

        return factors;
    }
}
