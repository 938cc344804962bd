// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests;

public sealed class WeightedLshCumulationTests
{
    [Fact]
    public void LowerBound_EqualsReference_OnTheSameCodes() =>
        LshCumulationTests.Cases.Sample(
            c =>
            {
                var attention = new AttentionCase(c.Seed, [c.Length, 1, 0, 30], c.Heads, c.HeadDim, new LshOptions(c.Hashes, c.Tau));
                using var query = attention.Hash("query", CpuKernels.Path);
                using var key = attention.Hash("key", CpuKernels.Path);

                foreach (var path in Paths.Supported)
                {
                    WeightedLshCumulation.Backward(GradientMode.LowerBound, query, key, attention.Inputs, attention.Outputs, 0, 1, path);
                    AssertLowerBound(attention, query, key);
                }
            },
            iter: 40);

    [Fact]
    public void LowerBound_EqualsReference_WhenHalfOfTheTokensAreIdentical()
    {
        var attention = new AttentionCase(4, [150], 1, 32, new LshOptions(5, 8));
        for (var token = 1; token < 75; token++)
        {
            attention.Row("query", 0, 0).CopyTo(attention.Row("key", 0, token * 2));
            attention.Row("query", 0, 0).CopyTo(attention.Row("query", 0, token));
        }

        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        foreach (var path in Paths.Supported)
        {
            WeightedLshCumulation.Backward(GradientMode.LowerBound, query, key, attention.Inputs, attention.Outputs, 0, 1, path);
            AssertLowerBound(attention, query, key);
        }
    }

    [Fact]
    public void Sampled_EqualsReference_OnTheSameCodes() =>
        LshCumulationTests.Cases.Sample(
            c =>
            {
                var attention = new AttentionCase(c.Seed, [c.Length, 1, 0, 30], c.Heads, c.HeadDim, new LshOptions(c.Hashes, c.Tau));
                attention.Normalise();
                using var query = attention.Hash("query", CpuKernels.Path);
                using var key = attention.Hash("key", CpuKernels.Path);

                foreach (var path in Paths.Supported)
                {
                    WeightedLshCumulation.Backward(GradientMode.Sampled, query, key, attention.Inputs, attention.Outputs, 7, 1, path);
                    AssertSampled(attention, query, key, 7);
                }
            },
            iter: 30);

    [Fact]
    public void Sampled_EqualsReference_WhenSlotsAndBucketsOverflow()
    {
        var attention = new AttentionCase(8, [1500], 1, 16, new LshOptions(70, 1));
        attention.Normalise();
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        WeightedLshCumulation.Backward(GradientMode.Sampled, query, key, attention.Inputs, attention.Outputs, 7, 2);

        AssertSampled(attention, query, key, 7);
    }

    [Fact]
    public void LowerBound_IsTheSameBits_ForAnyNumberOfThreads()
    {
        var attention = new AttentionCase(6, [300, 5, 120, 1, 80], 3, 32, new LshOptions(17, 6));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 2, 5 })
        {
            WeightedLshCumulation.Backward(GradientMode.LowerBound, query, key, attention.Inputs, attention.Outputs, 0, threads);
            results.Add([.. Enumerable.Range(0, attention.Shape.Items).SelectMany(
                item => new[] { "dquery", "dkey", "dvalue" }.SelectMany(name => attention.Matrix(name, item)))]);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    private static void AssertSampled(AttentionCase attention, HashCodes query, HashCodes key, uint seed)
    {
        for (var item = 0; item < attention.Shape.Items; item++)
        {
            if (attention.Shape.Length(item) > 0)
            {
                var expected = WeightedLshCumulationReference.Sampled(
                    attention.Codes(query, item), attention.Codes(key, item), attention.ReferenceInputs(item), attention.Options.CodeLength, seed + ((uint)item * 0x9e3779b9u));
                attention.AssertClose(expected.Query, "dquery", item);
                attention.AssertClose(expected.Key, "dkey", item);
                attention.AssertClose(expected.Value, "dvalue", item);
            }
        }
    }

    private static void AssertLowerBound(AttentionCase attention, HashCodes query, HashCodes key)
    {
        for (var item = 0; item < attention.Shape.Items; item++)
        {
            if (attention.Shape.Length(item) > 0)
            {
                var expected = WeightedLshCumulationReference.LowerBound(
                    attention.Codes(query, item), attention.Codes(key, item), attention.ReferenceInputs(item), attention.Options.CodeLength);
                attention.AssertClose(expected.Query, "dquery", item);
                attention.AssertClose(expected.Key, "dkey", item);
                attention.AssertClose(expected.Value, "dvalue", item);
            }
        }
    }
}
