// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Encoders;

/// <summary><see cref="BlockFunctions.Embed"/> by one fused kernel: inputs word table, position table, word ids and position ids.</summary>
internal sealed class CpuTokenEmbedding : SafeFunction<CpuTokenEmbedding, CpuTokenEmbedding.Arguments>
{
    internal sealed record Arguments(double Dropout, Seed Seed);

    public static Tensor Apply(PackedTokens tokens, EmbeddingTable words, EmbeddingTable positions, double dropout, Seed seed) =>
        Apply(new Arguments(dropout, seed), words.weight, positions.weight, tokens.TokenIds, tokens.PositionIds);

    protected override ForwardResult Forward(Tensor[] inputs, Arguments arguments)
    {
        Tensor[] ids = [inputs[2].contiguous(), inputs[3].contiguous()];
        var (tokens, width) = (ids[0].shape[0], (int)inputs[0].shape[1]);
        var output = empty(tokens, width);
        var bits = CpuDropout.Draw(arguments.Dropout, arguments.Seed, tokens, width);
        TokenEmbedding.Forward(Call(inputs, ids, output, bits, arguments), CpuThreads.Count);
        return new ForwardResult(output, bits is null ? [] : [bits]);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Arguments arguments, Tensor gradient)
    {
        var outputGradient = gradient.contiguous();
        Tensor[] ids = [inputs[2].contiguous(), inputs[3].contiguous()];
        Tensor[] gradients = [empty(inputs[0].shape), empty(inputs[1].shape)];
        var call = new TokenEmbeddingGradientCall
        {
            Forward = Call(inputs, ids, outputGradient, saved.FirstOrDefault(), arguments),
            OutputGradient = CpuTensors.Tokens(outputGradient),
            WordsGradient = CpuTensors.Tokens(gradients[0]),
            PositionsGradient = CpuTensors.Tokens(gradients[1]),
        };
        TokenEmbedding.Backward(call, CpuThreads.Count);
        return [.. gradients, null, null];
    }

    private static unsafe TokenEmbeddingCall Call(Tensor[] inputs, Tensor[] ids, Tensor output, Tensor? bits, Arguments arguments) => new()
    {
        Tokens = (int)ids[0].shape[0],
        Width = (int)inputs[0].shape[1],
        Words = CpuTensors.Tokens(inputs[0]),
        WordCount = (int)inputs[0].shape[0],
        Positions = CpuTensors.Tokens(inputs[1]),
        PositionCount = (int)inputs[1].shape[0],
        WordIds = CpuTensors.Integers(ids[0]),
        PositionIds = CpuTensors.Integers(ids[1]),
        Dropout = CpuDropout.Of(bits, arguments.Dropout),
        Output = CpuTensors.Tokens(output),
    };
}
