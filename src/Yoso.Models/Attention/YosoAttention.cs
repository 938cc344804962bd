// SPDX-License-Identifier: MIT
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Attention;

/// <summary>Which estimate of the query and key gradients is used; the value gradient is the same in both.</summary>
public enum YosoGradientMode
{
    /// <summary>Upstream's yoso-v1: colliding pairs weigh τ/2 a hash, a bounded surrogate whose expectation is that of YOSO-E.</summary>
    LowerBound,

    /// <summary>Upstream's yoso-v2: distinct colliding pairs weigh the derivative of the collision probability, capped.</summary>
    Sampled,
}

/// <summary>Sampled YOSO attention (Zeng et al., ICML 2021).</summary>
public sealed record YosoOptions : AttentionOptions
{
    /// <summary>Hash functions per query (paper: m).</summary>
    public int HashCount { get; init; } = 32;

    /// <summary>Hyperplanes per hash (paper: τ); buckets = 2^τ.</summary>
    public int HashCodeLength { get; init; } = 9;

    /// <summary>Positions that the depthwise convolution of the values spans; null for none.</summary>
    public int? ConvWindow { get; init; }

    public YosoGradientMode GradientMode { get; init; } = YosoGradientMode.LowerBound;

    public HashSampler HashSampler { get; init; } = HashSampler.Shared;

    public override IEnumerable<string> Problems() =>
        HashCount is < 1 or > 4096
            ? [$"HashCount is {HashCount}; it must be 1 to 4096", .. HashProblems(HashCodeLength, ConvWindow)]
            : HashProblems(HashCodeLength, ConvWindow);
}

/// <summary>
/// Each key is sampled with its hash collision probability, and the output is the l2-normalised sum of the sampled values.
/// O(n m d) time in kernels. With <see cref="HashSampler.Spread"/> the sum before normalisation is an unbiased estimate of
/// <see cref="YosoExpectationAttention"/>'s, with a variance that falls as 1/m.
/// </summary>
public sealed class YosoAttention : AttentionMechanism
{
    private readonly YosoOptions _options;
    private readonly DepthwiseConvolution? conv;

    public YosoAttention(YosoOptions options, int headCount, Seed seed)
        : base(nameof(YosoAttention))
    {
        _options = options;
        conv = options.ConvWindow is { } window ? new DepthwiseConvolution(headCount, window, seed.Derive(nameof(conv))) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        CheckShapes(query, key, value, context);
        using var scope = NewDisposeScope();
        var output = UnitOutput(query, key, value, context); // [T, H, D]
        return (conv is null ? output : conv.call(output, value, context)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// By the kernels of the tensors' device: Yoso.Cuda on a GPU, where nothing stands in for them, Yoso.Cpu on the CPU in float32, and
    /// in other types there the reference in TorchSharp operations.
    /// </summary>
    private Tensor UnitOutput(Tensor query, Tensor key, Tensor value, AttentionContext context)
    {
        if (CpuTensors.FitHeads(value))
        {
            var needsGradient = is_grad_enabled() && (query.requires_grad || key.requires_grad || value.requires_grad);
            return CpuYosoFunction.Apply(new CpuYosoArguments(_options, context.Offsets, context.Seed, needsGradient), query, key, value);
        }

        var (unitQuery, unitKey) = (UnitRows.Normalize(query, context.Offsets), UnitRows.Normalize(key, context.Offsets));
        var sum = CudaTensors.OnDevice(value)
            ? CudaYosoFunction.Apply(new CudaYosoArguments(_options, context.Offsets, context.Seed), unitQuery, unitKey, value)
            : YosoFunction.Apply(new YosoArguments(_options, context.Offsets, context.Seed, LshReference.Operations), unitQuery, unitKey, value);
        return UnitRows.Normalize(sum, context.Offsets);
    }
}

internal sealed record YosoArguments(YosoOptions Options, SequenceOffsets Offsets, Seed Seed, ILshOperations Operations);

/// <summary>Mean over the hashes of the sum of values of colliding keys; inputs are unit query, unit key and value, [T, H, D].</summary>
internal sealed class YosoFunction : SafeFunction<YosoFunction, YosoArguments>
{
    protected override ForwardResult Forward(Tensor[] inputs, YosoArguments arguments)
    {
        var ((query, key, value), (options, offsets, seed, operations)) = ((inputs[0], inputs[1], inputs[2]), arguments);
        var layout = new HashLayout(options.HashCount, options.HashCodeLength, options.HashSampler, (int)query.shape[2]);
        var queryCodes = operations.HadamardHash(query, offsets, layout, seed);
        var keyCodes = operations.HadamardHash(key, offsets, layout, seed);
        return new ForwardResult(operations.LshCumulation(queryCodes, keyCodes, value, offsets), queryCodes, keyCodes);
    }

    protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, YosoArguments arguments, Tensor gradient)
    {
        var (options, offsets, seed, operations) = arguments;
        var pairs = new LshPairs(inputs[0], inputs[1], inputs[2], saved[0], saved[1]);
        var rule = new LshGradientRule(options.GradientMode, options.HashCodeLength, seed.Derive("slots"));
        var valueGradient = operations.LshCumulationGradient(pairs.QueryCodes, pairs.KeyCodes, gradient, offsets);
        var (queryGradient, keyGradient) = operations.WeightedLshCumulation(pairs, gradient, rule, offsets);
        return [queryGradient, keyGradient, valueGradient];
    }
}
