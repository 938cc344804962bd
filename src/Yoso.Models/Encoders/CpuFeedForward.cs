// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary><see cref="BlockFunctions.MlpResidual"/> by one fused kernel: inputs x, norm scale and shift, weight and bias of both layers.</summary>
internal sealed class CpuFeedForward : SafeFunction<CpuFeedForward, CpuFeedForward.Arguments>
{
    internal sealed record Arguments(double Dropout, Seed Seed, bool NeedsGradient);

    public static Tensor Apply(Tensor input, LayerNormalization norm, MlpBlock mlp, double dropout, Seed seed) => Apply(
        new Arguments(dropout, seed, is_grad_enabled()), input, norm.weight, norm.bias, mlp.first.weight, mlp.first.bias, mlp.second.weight, mlp.second.bias);

    protected override ForwardResult Forward(Tensor[] inputs, Arguments arguments)
    {
        var x = inputs[0].contiguous();
        var (tokens, dim, hidden) = (x.shape[0], (int)x.shape[1], (int)inputs[3].shape[0]);
        var output = empty_like(x);
        Tensor[] kept = arguments.NeedsGradient ? [empty(tokens, 2), empty(tokens, hidden), empty(tokens, hidden)] : [];
        var hiddenBits = CpuDropout.Draw(arguments.Dropout, arguments.Seed.Derive("hidden"), tokens, hidden);
        var outputBits = CpuDropout.Draw(arguments.Dropout, arguments.Seed.Derive("output"), tokens, dim);
        Tensor[] bits = hiddenBits is null ? [] : [hiddenBits, outputBits!];
        Yoso.Cpu.FeedForward.Forward(Call(x, output, inputs, kept, bits, arguments.Dropout), CpuThreads.Count);
        return new ForwardResult(output, [.. kept, .. bits]);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Arguments arguments, Tensor gradient)
    {
        var (x, outputGradient) = (inputs[0].contiguous(), gradient.contiguous());
        Tensor[] gradients = [.. inputs.Select(i => empty(i.shape))];
        var call = new FeedForwardGradientCall
        {
            Forward = Call(x, outputGradient, inputs, saved[..3], saved[3..], arguments.Dropout),
            OutputGradient = CpuTensors.Tokens(outputGradient),
            InputGradient = CpuTensors.Tokens(gradients[0]),
            NormGradient = CpuTensors.Norm(gradients[1], gradients[2]),
            FirstGradient = CpuTensors.LayerGradient(gradients[3], gradients[4]),
            SecondGradient = CpuTensors.LayerGradient(gradients[5], gradients[6]),
        };
        Yoso.Cpu.FeedForward.Backward(call, CpuThreads.Count);
        return gradients;
    }

    private static unsafe FeedForwardCall Call(Tensor x, Tensor output, Tensor[] inputs, Tensor[] kept, Tensor[] bits, double dropout) => new()
    {
        Tokens = (int)x.shape[0],
        Input = CpuTensors.Tokens(x),
        Norm = CpuTensors.Norm(inputs[1], inputs[2]),
        First = CpuTensors.Layer(inputs[3], inputs[4]),
        Second = CpuTensors.Layer(inputs[5], inputs[6]),
        HiddenDropout = CpuDropout.Of(bits.ElementAtOrDefault(0), dropout),
        OutputDropout = CpuDropout.Of(bits.ElementAtOrDefault(1), dropout),
        Output = CpuTensors.Tokens(output),
        Statistics = kept.Length == 0 ? null : CpuTensors.Data(kept[0]),
        Activation = kept.Length == 0 ? null : CpuTensors.Data(kept[1]),
        Derivative = kept.Length == 0 ? null : CpuTensors.Data(kept[2]),
    };
}
