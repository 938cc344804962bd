// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests;

public sealed class LshCumulationTests
{
    internal static readonly Gen<(int Seed, int Length, int Heads, int HeadDim, int Hashes, int Tau)> Cases =
        Gen.Select(Gen.Int[0, 1 << 30], Gen.Int[1, 90], Gen.Int[1, 3], Gen.OneOf(Gen.Int[1, 16].Select(i => i * 16), Gen.Int[1, 140]), Gen.Int[1, 20], Gen.OneOf(Gen.Int[1, 4], Gen.Int[1, 16]));

    [Fact]
    public void Forward_EqualsReference_OnTheSameCodes() =>
        Cases.Sample(
            c =>
            {
                var attention = new AttentionCase(c.Seed, [c.Length, 1, 0, 30], c.Heads, c.HeadDim, new LshOptions(c.Hashes, c.Tau));
                using var query = attention.Hash("query", CpuKernels.Path);
                using var key = attention.Hash("key", CpuKernels.Path);

                foreach (var path in Paths.Supported)
                {
                    LshCumulation.Forward(query, key, attention["value"], attention["output"], 1, path);
                    AssertForward(attention, query, key, "value", "output");
                }
            },
            iter: 40);

    [Theory]
    [InlineData(64, 4, 40)] // four keys a bucket: lists are full after 16 hashes
    [InlineData(90, 2, 30)] // every bucket is summed in advance: extra rows are used up after 16
    [InlineData(4200, 15, 11)] // tables so large that fewer hashes are handled together
    public void Forward_EqualsReference_WhenListsAreEmptiedBetweenHashes(int length, int tau, int hashes)
    {
        var attention = new AttentionCase(12, [length], 1, 16, new LshOptions(hashes, tau));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        foreach (var path in Paths.Supported)
        {
            LshCumulation.Forward(query, key, attention["value"], attention["output"], 1, path);
            AssertForward(attention, query, key, "value", "output");
        }
    }

    [Fact]
    public void Gradient_EqualsReference_WithRolesSwapped()
    {
        var attention = new AttentionCase(3, [60, 17], 2, 32, new LshOptions(9, 3));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        LshCumulationGradient.Backward(query, key, attention["gradient"], attention["dvalue"], 2);

        AssertForward(attention, key, query, "gradient", "dvalue");
    }

    [Fact]
    public void Forward_EqualsReference_WhenAllTokensAreIdentical()
    {
        var attention = new AttentionCase(4, [97], 1, 64, new LshOptions(5, 16));
        for (var token = 1; token < 97; token++)
        {
            attention.Row("query", 0, 0).CopyTo(attention.Row("key", 0, token));
            attention.Row("query", 0, 0).CopyTo(attention.Row("query", 0, token));
        }

        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        LshCumulation.Forward(query, key, attention["value"], attention["output"], 1);

        AssertForward(attention, query, key, "value", "output");
    }

    [Theory]
    [InlineData(70_000, 16)]
    [InlineData(33_000, 12)]
    public void Forward_CountsEveryCollision_WhenKeysNeedSeveralChunks(int length, int tau)
    {
        // Values are all one, so the output is the number of keys in the query's bucket.
        var attention = new AttentionCase(5, [length], 1, 8, new LshOptions(2, tau));
        for (var token = 0; token < length; token++)
        {
            attention.Row("value", 0, token).Fill(1);
        }

        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        LshCumulation.Forward(query, key, attention["value"], attention["output"], 1);

        var counts = new int[2, 1 << tau];
        for (var hash = 0; hash < 2; hash++)
        {
            foreach (var code in key.Codes(0, hash))
            {
                counts[hash, code]++;
            }
        }

        for (var token = 0; token < length; token++)
        {
            var expected = (counts[0, query.Codes(0, 0)[token]] + counts[1, query.Codes(0, 1)[token]]) / 2f;
            Assert.Equal(expected, attention.Row("output", 0, token)[7]);
        }
    }

    [Fact]
    public void Forward_IsTheSameBits_ForAnyNumberOfThreads()
    {
        var attention = new AttentionCase(6, [300, 5, 120, 1, 80], 3, 32, new LshOptions(17, 6));
        var results = new List<float[]>();
        foreach (var threads in new[] { 1, 2, 3, 16 })
        {
            using var query = attention.Hash("query", CpuKernels.Path, threads);
            using var key = attention.Hash("key", CpuKernels.Path, threads);
            LshCumulation.Forward(query, key, attention["value"], attention["output"], threads);
            results.Add([.. Enumerable.Range(0, attention.Shape.Items).SelectMany(item => attention.Matrix("output", item))]);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Theory]
    [InlineData(64)]
    [InlineData(20)]
    public void Forward_IsTheSameBits_OnEveryPath(int headDim)
    {
        var attention = new AttentionCase(6, [300, 40], 2, headDim, new LshOptions(17, 6));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);
        var results = new List<float[]>();
        foreach (var path in Paths.Supported)
        {
            LshCumulation.Forward(query, key, attention["value"], attention["output"], 1, path);
            results.Add([.. Enumerable.Range(0, attention.Shape.Items).SelectMany(item => attention.Matrix("output", item))]);
        }

        Assert.All(results, result => Assert.Equal(results[0], result));
    }

    [Fact]
    public void Forward_GivesZeroRows_ToQueriesThatMeetNoKey_AndSpreadsNoNonFiniteValue()
    {
        // Query 0 and its copy in key 0 share all buckets; only they see the NaN of value 0.
        var attention = new AttentionCase(11, [40], 1, 64, new LshOptions(1, 16));
        attention.Row("query", 0, 0).CopyTo(attention.Row("key", 0, 0));
        attention.Row("value", 0, 0)[5] = float.NaN;
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        LshCumulation.Forward(query, key, attention["value"], attention["output"], 1);

        Assert.True(float.IsNaN(attention.Row("output", 0, 0)[5]));
        var alone = Enumerable.Range(1, 39).Where(i => !key.Codes(0, 0).Contains(query.Codes(0, 0)[i])).ToArray();
        Assert.NotEmpty(alone);
        Assert.All(alone, i => Assert.Equal(new float[64], attention.Row("output", 0, i).ToArray()));
    }

    [Fact]
    public void Forward_NamesBothShapes_WhenCodesDoNotFit()
    {
        var attention = new AttentionCase(1, [4, 5], 2, 16, new LshOptions(3, 5));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = new HashCodes(new PackedShape([0, 5, 9], 2, 16), attention.Options);

        var error = Assert.Throws<ArgumentException>(() => LshCumulation.Forward(query, key, attention["value"], attention["output"], 1));

        Assert.Contains("Key codes are of [9 tokens in 2 sequences, 2 heads, 16]", error.Message, StringComparison.Ordinal);
    }

    private static void AssertForward(AttentionCase attention, HashCodes query, HashCodes key, string value, string output)
    {
        for (var item = 0; item < attention.Shape.Items; item++)
        {
            if (attention.Shape.Length(item) > 0)
            {
                var expected = LshCumulationReference.Forward(
                    attention.Codes(query, item), attention.Codes(key, item), attention.Matrix(value, item), attention.Shape.HeadDim);
                attention.AssertClose(expected, output, item);
            }
        }
    }
}
