// SPDX-License-Identifier: MIT
using Yoso.Cpu;
using Yoso.Models;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>The kernels of Yoso.Cpu alone: no tensors, no autograd, no normalisation. Outputs are allocated once, codes with every call.</summary>
internal sealed unsafe class KernelContender
{
    private readonly PackedShape _shape;
    private readonly LshOptions _options;
    private readonly uint[] _signs;
    private readonly AttentionInput _input;
    private readonly float[] _output, _queryGradient, _keyGradient, _valueGradient;
    private readonly int _threads;

    public KernelContender(AttentionInput input, int hashCount, int codeLength, int threads, Seed seed)
    {
        (_input, _threads) = (input, threads);
        _shape = new PackedShape(input.Offsets, AttentionInput.Heads, input.HeadDim);
        _options = new LshOptions(hashCount, codeLength);
        _signs = new uint[HadamardHash.SignWords(input.HeadDim, _options) * AttentionInput.Items];
        for (var i = 0; i < _signs.Length; i++)
        {
            _signs[i] = (uint)seed.Derive("signs").Derive(i).Value;
        }

        _output = New();
        _queryGradient = New();
        _keyGradient = New();
        _valueGradient = New();
        float[] New()
        {
            var tensor = GC.AllocateUninitializedArray<float>(input.Query.Length, pinned: true);
            Array.Fill(tensor, float.NaN); // its pages are there before anything is measured
            return tensor;
        }
    }

    public void Hash()
    {
        using var query = Codes(_input.Query);
        using var key = Codes(_input.Key);
    }

    public void Forward()
    {
        using var query = Codes(_input.Query);
        using var key = Codes(_input.Key);
        LshCumulation.Forward(query, key, At(_input.Value), At(_output), _threads);
    }

    public void ForwardBackward()
    {
        using var query = Codes(_input.Query);
        using var key = Codes(_input.Key);
        LshCumulation.Forward(query, key, At(_input.Value), At(_output), _threads);
        WeightedLshCumulation.Backward(
            GradientMode.LowerBound,
            query,
            key,
            new WeightedInputs(At(_input.Query), At(_input.Key), At(_input.Value), At(_input.OutputGradient)),
            new WeightedOutputs(At(_queryGradient), At(_keyGradient), At(_valueGradient)),
            0,
            _threads);
    }

    /// <summary>How unevenly the buckets are filled.</summary>
    public BucketSkew Skew()
    {
        using var query = Codes(_input.Query);
        using var key = Codes(_input.Key);
        return BucketSkew.Of(query, key);
    }

    private HashCodes Codes(float[] vectors)
    {
        var codes = new HashCodes(_shape, _options);
        HadamardHash.Hash(At(vectors), _signs, codes, _threads);
        return codes;
    }

    private HeadTensor At(float[] pinned)
    {
        fixed (float* p = pinned)
        {
            return new HeadTensor(p, AttentionInput.Heads * _input.HeadDim); // pinned at allocation, alive as long as this object
        }
    }
}

/// <summary>How far an input is from one key a bucket.</summary>
/// <param name="PairsPerQuery">Keys that a query meets in one hash, on average.</param>
/// <param name="LargestBucket">Keys in the fullest bucket of any hash.</param>
/// <param name="CrowdedShare">Share of keys in buckets of more than four.</param>
internal sealed record BucketSkew(double PairsPerQuery, int LargestBucket, double CrowdedShare)
{
    public static BucketSkew Of(HashCodes query, HashCodes key)
    {
        var counts = new int[1 << key.Options.CodeLength];
        var (pairs, crowded, keys, largest) = (0L, 0L, 0L, 0);
        for (var item = 0; item < key.Shape.Items; item++)
        {
            for (var hash = 0; hash < key.Options.HashCount; hash++)
            {
                Array.Clear(counts);
                foreach (var code in key.Codes(item, hash))
                {
                    counts[code]++;
                }

                foreach (var code in query.Codes(item, hash))
                {
                    pairs += counts[code];
                }

                keys += key.Codes(item, hash).Length;
                crowded += counts.Where(c => c > 4).Sum(c => (long)c);
                largest = Math.Max(largest, counts.Max());
            }
        }

        return new BucketSkew((double)pairs / keys, largest, (double)crowded / keys);
    }
}
