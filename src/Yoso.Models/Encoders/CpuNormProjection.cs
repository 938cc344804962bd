// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary><see cref="BlockFunctions.NormProjection"/> by one fused kernel: inputs x, norm scale and shift, then weight and bias of each projection.</summary>
internal sealed class CpuNormProjection : SafeMultiFunction<CpuNormProjection, CpuNormProjection.Arguments>
{
    internal sealed record Arguments(int HeadCount);

    public static (Tensor Query, Tensor Key, Tensor Value) Apply(Tensor input, LayerNormalization norm, AttentionBlock block)
    {
        if (block.attn is NoneAttention)
        {
            // Nothing looks at query and key: they are neither computed nor given a gradient.
            var value = Apply(new Arguments(block.HeadCount), input, norm.weight, norm.bias, block.W_v.weight, block.W_v.bias)[0];
            return (value, value, value);
        }

        if (!block.attn.UsesKey)
        {
            var two = Apply(new Arguments(block.HeadCount), input, norm.weight, norm.bias, block.W_q.weight, block.W_q.bias, block.W_v.weight, block.W_v.bias);
            return (two[0], two[0], two[1]);
        }

        var outputs = Apply(
            new Arguments(block.HeadCount), input, norm.weight, norm.bias, block.W_q.weight, block.W_q.bias, block.W_k.weight, block.W_k.bias, block.W_v.weight, block.W_v.bias);
        return (outputs[0], outputs[1], outputs[2]);
    }

    protected override unsafe MultiForwardResult Forward(Tensor[] inputs, Arguments arguments)
    {
        var x = inputs[0].contiguous();
        Tensor[] outputs = [.. Weights(inputs).Select(w => empty(x.shape[0], arguments.HeadCount, w.shape[0] / arguments.HeadCount))];
        var statistics = empty(x.shape[0], 2);
        Yoso.Cpu.NormProjection.Forward(Call(x, inputs, outputs, statistics), CpuThreads.Count);
        return new MultiForwardResult(outputs, statistics);
    }

    protected override unsafe Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Arguments arguments, Tensor[] gradients)
    {
        var x = inputs[0].contiguous();
        Tensor[] outputGradients = [.. gradients.Select(g => g.contiguous())];
        Tensor[] inputGradients = [.. inputs.Select(i => empty(i.shape))];
        var call = new NormProjectionGradientCall
        {
            Forward = Call(x, inputs, outputGradients, saved[0]),
            OutputGradients = [.. outputGradients.Select(CpuTensors.Tokens)],
            InputGradient = CpuTensors.Tokens(inputGradients[0]),
            NormGradient = CpuTensors.Norm(inputGradients[1], inputGradients[2]),
            LayerGradients = [.. Enumerable.Range(0, gradients.Length).Select(i => CpuTensors.LayerGradient(inputGradients[3 + 2 * i], inputGradients[4 + 2 * i]))],
        };
        Yoso.Cpu.NormProjection.Backward(call, CpuThreads.Count);
        return inputGradients;
    }

    private static IEnumerable<Tensor> Weights(Tensor[] inputs) => inputs.Skip(3).Where((_, i) => i % 2 == 0);

    private static unsafe NormProjectionCall Call(Tensor x, Tensor[] inputs, Tensor[] outputs, Tensor statistics) => new()
    {
        Tokens = (int)x.shape[0],
        Input = CpuTensors.Tokens(x),
        Norm = CpuTensors.Norm(inputs[1], inputs[2]),
        Layers = [.. inputs.Skip(3).Chunk(2).Select(l => CpuTensors.Layer(l[0], l[1]))],
        Outputs = [.. outputs.Select(CpuTensors.Tokens)],
        Statistics = CpuTensors.Data(statistics),
    };
}
