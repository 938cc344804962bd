// SPDX-License-Identifier: MIT
using Yoso.Cpu.Training;

namespace Yoso.Cpu;

/// <summary>How exact attention turns the product x of a query and a key into a weight.</summary>
public enum ExactWeight
{
    /// <summary>exp(scale x) / sum of them over the keys.</summary>
    Softmax,

    /// <summary>(1 - acos(shrink x) / pi)^tau, the expectation of sampled attention; derivative tau / 2 times the weight, the authors' lower bound.</summary>
    ExpectationLowerBound,

    /// <summary>The same weight with its true derivative, 1 / sqrt(1 - x^2) capped at 10.</summary>
    ExpectationDerivative,
}

/// <summary>Tensors of <see cref="ExactAttention.Forward(in ExactAttentionCall, int)"/>.</summary>
public readonly unsafe struct ExactAttentionCall
{
    public required PackedShape Shape { get; init; }

    public required ExactWeight Weight { get; init; }

    /// <summary>Softmax: factor on q.k, usually 1 / sqrt(D). Expectation: shrinks q.k, 1 or the authors' 0.98.</summary>
    public required float Scale { get; init; }

    /// <summary>tau of the expectation, 1 to 16; unused by softmax.</summary>
    public int CodeLength { get; init; }

    /// <summary>Probability of dropping an attention weight; 0 in evaluation.</summary>
    public double Dropout { get; init; }

    /// <summary>Decides the dropped weights; the backward call must have the same one.</summary>
    public ulong DropoutSeed { get; init; }

    /// <summary>[T, H, D]; unit vectors for the expectation.</summary>
    public required HeadTensor Query { get; init; }

    /// <summary>[T, H, D]; unit vectors for the expectation.</summary>
    public required HeadTensor Key { get; init; }

    public required HeadTensor Value { get; init; }

    /// <summary>[T, H, D], overwritten.</summary>
    public required HeadTensor Output { get; init; }

    /// <summary>[H, T] logarithm of softmax's denominators, for the backward pass; null in evaluation or for the expectation.</summary>
    public float* LogSum { get; init; }
}

/// <summary>Tensors of <see cref="ExactAttention.Backward(in ExactAttentionGradientCall, int)"/>; the gradients are overwritten.</summary>
public readonly struct ExactAttentionGradientCall
{
    /// <summary>The forward call with its logarithms; its output is not read.</summary>
    public required ExactAttentionCall Forward { get; init; }

    public required HeadTensor OutputGradient { get; init; }

    public required HeadTensor QueryGradient { get; init; }

    public required HeadTensor KeyGradient { get; init; }

    public required HeadTensor ValueGradient { get; init; }
}

/// <summary>Softmax and YOSO-E attention, O(n^2 d) time and O(n) memory: what sampled attention is compared with.</summary>
public static class ExactAttention
{
    /// <summary>output[i] = sum over keys j of the same sequence and head of weight(query[i] . key[j]) value[j].</summary>
    /// <exception cref="ArgumentException">Shapes or strides do not fit; the message has them.</exception>
    public static void Forward(in ExactAttentionCall call, int threads) => Forward(in call, threads, CpuKernels.Path);

    /// <summary>Gradients of query, key and value.</summary>
    /// <exception cref="ArgumentException">Shapes or strides do not fit; the message has them.</exception>
    public static void Backward(in ExactAttentionGradientCall call, int threads) => Backward(in call, threads, CpuKernels.Path);

    internal static void Forward(in ExactAttentionCall call, int threads, SimdPath path)
    {
        Check(in call);
        call.Output.Check(call.Shape, "Output");
        FusedKernels.For(path).Forward(in call, threads);
    }

    internal static unsafe void Backward(in ExactAttentionGradientCall call, int threads, SimdPath path)
    {
        var shape = call.Forward.Shape;
        Check(call.Forward);
        call.OutputGradient.Check(shape, "Output gradient");
        call.QueryGradient.Check(shape, "Query gradient");
        call.KeyGradient.Check(shape, "Key gradient");
        call.ValueGradient.Check(shape, "Value gradient");
        if (call.Forward.Weight == ExactWeight.Softmax && call.Forward.LogSum is null)
        {
            throw new ArgumentException("The backward pass of softmax needs the logarithms of the forward pass.");
        }

        FusedKernels.For(path).Backward(in call, threads);
    }

    private static void Check(in ExactAttentionCall call)
    {
        if (call.Weight != ExactWeight.Softmax && call.CodeLength is < 1 or > LshOptions.MaxCodeLength)
        {
            throw new ArgumentException($"The code length must be 1 to {LshOptions.MaxCodeLength}; got {call.CodeLength}.");
        }

        call.Query.Check(call.Shape, "Query");
        call.Key.Check(call.Shape, "Key");
        call.Value.Check(call.Shape, "Value");
    }
}
