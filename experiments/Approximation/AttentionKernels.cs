// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Models;

namespace Yoso.Experiments.Approximation;

/// <summary>Output and gradients of one attention call, before the output is normalised: [B * n, H, d] each.</summary>
internal sealed record AttentionResult(float[] Output, float[] ValueGradient, float[] QueryGradient, float[] KeyGradient);

/// <summary>Sampled attention and its expectation on one input, by the kernels that models use.</summary>
internal sealed unsafe class AttentionKernels(AttentionInput input, int codeLength, int threads)
{
    private readonly PackedShape _shape = new(input.Offsets, AttentionInput.Heads, input.HeadDim);

    /// <summary>The expectation, with the bounded surrogate for the query and key gradients.</summary>
    public AttentionResult Exact()
    {
        var result = New();
        var call = new ExactAttentionCall
        {
            Shape = _shape, Weight = ExactWeight.ExpectationLowerBound, Scale = 1, CodeLength = codeLength,
            Query = At(input.Query), Key = At(input.Key), Value = At(input.Value), Output = At(result.Output),
        };
        ExactAttention.Forward(call, threads);
        var gradient = new ExactAttentionGradientCall
        {
            Forward = call, OutputGradient = At(input.OutputGradient),
            QueryGradient = At(result.QueryGradient), KeyGradient = At(result.KeyGradient), ValueGradient = At(result.ValueGradient),
        };
        ExactAttention.Backward(gradient, threads);
        return result;
    }

    /// <param name="seed">Of the hashes.</param>
    public AttentionResult Sampled(int hashCount, HashSampler sampler, Seed seed)
    {
        var result = New();
        var options = new LshOptions(hashCount, codeLength, sampler);
        var signs = Signs(input.HeadDim, AttentionInput.Items, options, seed);
        using HashCodes query = new(_shape, options), key = new(_shape, options);
        HadamardHash.Hash(At(input.Query), signs, query, threads);
        HadamardHash.Hash(At(input.Key), signs, key, threads);
        LshCumulation.Forward(query, key, At(input.Value), At(result.Output), threads);
        WeightedLshCumulation.Backward(
            GradientMode.LowerBound, query, key, new WeightedInputs(At(input.Query), At(input.Key), At(input.Value), At(input.OutputGradient)),
            new WeightedOutputs(At(result.QueryGradient), At(result.KeyGradient), At(result.ValueGradient)), 0, threads);
        return result;
    }

    public static uint[] Signs(int headDim, int items, LshOptions options, Seed seed) =>
        [.. Enumerable.Range(0, HadamardHash.SignWords(headDim, options) * items).Select(i => (uint)seed.Derive(i).Value)];

    private AttentionResult New()
    {
        float[] Tensor() => GC.AllocateArray<float>(input.Query.Length, pinned: true);
        return new AttentionResult(Tensor(), Tensor(), Tensor(), Tensor());
    }

    private HeadTensor At(float[] pinned)
    {
        fixed (float* p = pinned)
        {
            return new HeadTensor(p, AttentionInput.Heads * input.HeadDim); // pinned at allocation; the caller holds it
        }
    }
}
