// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;
using CpuHadamardHash = Yoso.Cpu.HadamardHash;

namespace Yoso.Models.Attention;

/// <summary>What one call of <see cref="CpuYosoFunction"/> needs; the hash codes pass from its forward to its backward here.</summary>
internal sealed record CpuYosoArguments(YosoOptions Options, SequenceOffsets Offsets, Seed Seed, bool NeedsGradient)
{
    public HashCodes? QueryCodes { get; set; }
    public HashCodes? KeyCodes { get; set; }
}

/// <summary>
/// <see cref="YosoFunction"/> between <see cref="UnitRows"/> by the kernels of Yoso.Cpu, on the tensors' own memory: query, key and value,
/// [T, H, D], to the mean over the hashes of the sum of values of colliding keys, scaled to length one. One backward pass a forward: the
/// codes are given back then.
/// </summary>
internal sealed class CpuYosoFunction : SafeFunction<CpuYosoFunction, CpuYosoArguments>
{
    protected override unsafe ForwardResult Forward(Tensor[] inputs, CpuYosoArguments arguments)
    {
        var (query, key, value) = (inputs[0].contiguous(), inputs[1].contiguous(), inputs[2].contiguous());
        var (heads, headDim) = ((int)query.shape[1], (int)query.shape[2]);
        var shape = new PackedShape(arguments.Offsets.Span, heads, headDim);
        var options = new LshOptions(arguments.Options.HashCount, arguments.Options.HashCodeLength, Sampler(arguments.Options.HashSampler));
        var signs = Signs(shape, options, arguments.Seed);
        var queryCodes = new HashCodes(shape, options);
        var keyCodes = new HashCodes(shape, options);
        var (unitQuery, unitKey, output, inverseNorms) = (empty_like(query), empty_like(key), empty_like(value), empty(3, query.shape[0], heads));
        UnitAttention.Forward(
            CpuTensors.Heads(query), CpuTensors.Heads(key), CpuTensors.Heads(value), signs, queryCodes, keyCodes, Unit(unitQuery, unitKey, output, inverseNorms), CpuThreads.Count);
        if (arguments.NeedsGradient)
        {
            (arguments.QueryCodes, arguments.KeyCodes) = (queryCodes, keyCodes);
        }
        else
        {
            queryCodes.Dispose();
            keyCodes.Dispose();
        }

        // An alias: a node that keeps its own output alive would never be freed.
        return new ForwardResult(output, unitQuery, unitKey, output.alias(), inverseNorms);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, CpuYosoArguments arguments, Tensor gradient)
    {
        if (arguments is not { QueryCodes: { } queryCodes, KeyCodes: { } keyCodes })
        {
            throw new InvalidOperationException("the hash codes of this YOSO call are gone: it can be differentiated once");
        }

        var (value, outputGradient) = (inputs[2].contiguous(), gradient.contiguous());
        Tensor[] gradients = [.. saved[..3].Select(t => empty(t.shape))];
        UnitAttention.Backward(
            arguments.Options.GradientMode == YosoGradientMode.LowerBound ? GradientMode.LowerBound : GradientMode.Sampled,
            queryCodes,
            keyCodes,
            CpuTensors.Heads(value),
            Unit(saved[0], saved[1], saved[2], saved[3]),
            CpuTensors.Heads(outputGradient),
            new WeightedOutputs(CpuTensors.Heads(gradients[0]), CpuTensors.Heads(gradients[1]), CpuTensors.Heads(gradients[2])),
            (uint)arguments.Seed.Derive("slots").Value,
            CpuThreads.Count);
        queryCodes.Dispose();
        keyCodes.Dispose();
        (arguments.QueryCodes, arguments.KeyCodes) = (null, null);
        return gradients;
    }

    /// <summary>The bits of <see cref="HashSigns"/> in the kernels' layout: 32-bit words, item after item.</summary>
    internal static uint[] Signs(PackedShape shape, LshOptions options, Seed layerSeed)
    {
        var words = CpuHadamardHash.SignWords(shape.HeadDim, options);
        var rotations = CpuHadamardHash.Rotations(shape.HeadDim, options);
        var perRound = words / (rotations * HashSigns.Rounds);
        var signs = new uint[(long)words * shape.Items];
        for (var item = 0; item < shape.Items; item++)
        {
            var headSeed = HashSigns.HeadSeed(layerSeed, item / shape.Heads, item % shape.Heads);
            var next = item * words;
            for (var rotation = 0; rotation < rotations; rotation++)
            {
                for (var round = 0; round < HashSigns.Rounds; round++)
                {
                    for (var half = 0; half < perRound; half++)
                    {
                        signs[next++] = (uint)(HashSigns.Word(headSeed, rotation, round, half / 2) >> (half % 2 * 32));
                    }
                }
            }
        }

        return signs;
    }

    private static unsafe UnitTensors Unit(Tensor query, Tensor key, Tensor output, Tensor inverseNorms) =>
        new(CpuTensors.Heads(query), CpuTensors.Heads(key), CpuTensors.Heads(output), new InverseNorms(CpuTensors.Data(inverseNorms)));

    private static Cpu.HashSampler Sampler(HashSampler sampler) => sampler == HashSampler.Shared ? Cpu.HashSampler.Shared : Cpu.HashSampler.Spread;
}
