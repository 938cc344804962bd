// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests;

public sealed class WeightedLshCumulationTests
{
    [Fact]
    public void LowerBound_EqualsReference_OnTheSameCodes() =>
        LshCumulationTests.Cases.Sample(
            c => AssertLowerBoundOnAllPaths(new AttentionCase(c.Seed, [c.Length, 1, 0, 30], c.Heads, c.HeadDim, new LshOptions(c.Hashes, c.Tau))),
            iter: 40);

    [Theory]
    [InlineData(64, 16, 3, 50)] // eight keys a bucket: lists are full after 24 hashes
    [InlineData(64, 128, 3, 35)]
    [InlineData(300, 32, 5, 40)] // hundreds of candidates a probe: blocks of probes end early
    [InlineData(127, 16, 5, 12)] // lengths about a block of 128 probes
    [InlineData(128, 64, 5, 12)]
    [InlineData(129, 32, 5, 12)]
    [InlineData(257, 128, 6, 12)]
    [InlineData(2100, 16, 14, 11)] // tables so large that fewer hashes are handled together
    [InlineData(3, 32, 16, 50)] // codes without a key: most gradients are zero, and must be written
    public void LowerBound_EqualsReference_WhenListsAreEmptiedBetweenHashes(int length, int headDim, int tau, int hashes)
    {
        var attention = new AttentionCase(12, [length], 1, headDim, new LshOptions(hashes, tau));
        AssertLowerBoundOnAllPaths(attention);
    }

    [Fact]
    public void LowerBound_EqualsReference_WhereATokenIsAsWideAsAPaddedHead()
    {
        var attention = new AttentionCase(6, [72, 9], 4, 4, new LshOptions(13, 2), padding: 0); // crowded buckets, rows of 16 floats
        AssertLowerBoundOnAllPaths(attention);
    }

    [Theory]
    [InlineData(150, 32, 8, 5, 1)]
    [InlineData(400, 64, 8, 19, 1)] // buckets of nearly the same tokens in groups of 8, 8 and 3: one or two come and go
    [InlineData(400, 64, 5, 11, 1)] // six or seven come and go: now few enough, now not
    [InlineData(300, 16, 6, 11, 2)] // two such buckets a hash
    public void LowerBound_EqualsReference_WhenHalfOfTheTokensAreIdentical(int length, int headDim, int tau, int hashes, int kinds)
    {
        var attention = new AttentionCase(4, [length], 1, headDim, new LshOptions(hashes, tau));
        for (var token = kinds; token < length / 2; token++)
        {
            attention.Row("query", 0, token % kinds).CopyTo(attention.Row("key", 0, token * 2));
            attention.Row("query", 0, token % kinds).CopyTo(attention.Row("query", 0, token));
        }

        AssertLowerBoundOnAllPaths(attention);
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
    public void LowerBound_CountsEveryCollision_WhenTokensNeedSeveralChunks()
    {
        // All values and gradients are 1, keys (1, 1) and queries (1, 2): every gradient counts the tokens in the other bucket.
        const int Length = 33_000;
        const int Tau = 14;
        var attention = new AttentionCase(5, [Length], 1, 2, new LshOptions(1, Tau));
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);
        for (var token = 0; token < Length; token++)
        {
            foreach (var name in new[] { "key", "query", "value", "gradient" })
            {
                attention.Row(name, 0, token).Fill(1);
            }

            attention.Row("query", 0, token)[1] = 2;
        }

        WeightedLshCumulation.Backward(GradientMode.LowerBound, query, key, attention.Inputs, attention.Outputs, 0, 1);

        var queries = query.Codes(0, 0).ToArray().CountBy(code => code).ToDictionary();
        var keys = key.Codes(0, 0).ToArray().CountBy(code => code).ToDictionary();
        const float PerPair = 2 * (Tau / 2f); // g.v = 2
        for (var token = 0; token < Length; token++)
        {
            float met = keys.GetValueOrDefault(query.Codes(0, 0)[token]);
            float meets = queries.GetValueOrDefault(key.Codes(0, 0)[token]);
            Assert.Equal([PerPair * met, PerPair * met], attention.Row("dquery", 0, token).ToArray());
            Assert.Equal([PerPair * meets, 2 * PerPair * meets], attention.Row("dkey", 0, token).ToArray());
            Assert.Equal([meets, meets], attention.Row("dvalue", 0, token).ToArray());
        }
    }

    [Theory]
    [InlineData(97, 64, 19)] // every hash repeats one bucket, in groups of 8, 8 and 3
    [InlineData(200, 16, 9)]
    [InlineData(12, 128, 2)]
    [InlineData(180, 256, 1)] // one hash, and the widest bucket that is taken pair by pair: all tokens on both sides
    public void LowerBound_EqualsReference_WhenAllTokensAreIdentical(int length, int headDim, int hashes)
    {
        var attention = new AttentionCase(4, [length], 1, headDim, new LshOptions(hashes, 11));
        for (var token = 0; token < length; token++)
        {
            attention.Row("query", 0, 0).CopyTo(attention.Row("key", 0, token));
            attention.Row("query", 0, 0).CopyTo(attention.Row("query", 0, token));
        }

        AssertLowerBoundOnAllPaths(attention);
    }

    [Theory]
    [InlineData(GradientMode.LowerBound)]
    [InlineData(GradientMode.Sampled)]
    public void Backward_KeepsOtherSequencesFinite_WhenOneHasNonFiniteTokens(GradientMode mode)
    {
        var attention = new AttentionCase(9, [50, 60], 1, 32, new LshOptions(8, 5));
        attention.Row("query", 0, 3).Fill(float.NaN);
        attention.Row("key", 0, 7)[0] = float.PositiveInfinity;
        attention.Row("value", 0, 9)[1] = float.NaN;
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        WeightedLshCumulation.Backward(mode, query, key, attention.Inputs, attention.Outputs, 0, 2);

        Assert.All(attention.Matrix("dquery", 1), x => Assert.True(float.IsFinite(x)));
        Assert.All(attention.Matrix("dkey", 1), x => Assert.True(float.IsFinite(x)));
        Assert.All(attention.Matrix("dvalue", 1), x => Assert.True(float.IsFinite(x)));
    }

    [Fact]
    public void Scratch_IsLinearInLength_AndAtMost32MegabytesAt4096()
    {
        // Two threads: at most half of the bound for each.
        var bytes = new[] { 2048, 4096, 8192 }.Select(ScratchBytes).ToArray();

        Assert.InRange(bytes[1], 0, 16 << 20);
        Assert.InRange((double)bytes[2] / bytes[1], 1, 2.2);
        Assert.InRange((double)bytes[1] / bytes[0], 1, 2.2);
    }

    private static unsafe long ScratchBytes(int length)
    {
        var options = new LshOptions(8, (int)Math.Log2(length));
        var attention = new AttentionCase(1, [length], 1, 64, options);
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);
        var scratch = Scratch.Rent();
        scratch.Reset();
        var before = scratch.Used;
        fixed (ushort* q = query.Buffer, k = key.Buffer)
        {
            var stride = HashCodes.Stride(length);
            var item = new Yoso.Cpu.Attention.WeightedItem
            {
                Options = options,
                Mode = GradientMode.LowerBound,
                SampleSeed = 0,
                HeadDim = 64,
                Length = length,
                QueryCodes = new(q, stride),
                KeyCodes = new(k, stride),
                Query = attention["query"].Item(attention.Shape, 0),
                Key = attention["key"].Item(attention.Shape, 0),
                Value = attention["value"].Item(attention.Shape, 0),
                OutputGradient = attention["gradient"].Item(attention.Shape, 0),
                QueryGradient = attention["dquery"].Item(attention.Shape, 0),
                KeyGradient = attention["dkey"].Item(attention.Shape, 0),
                ValueGradient = attention["dvalue"].Item(attention.Shape, 0),
            };
            Yoso.Cpu.Attention.LshKernels.For(CpuKernels.Path, 64).WeightedGradient(in item, scratch);
        }

        var used = scratch.Used - before;
        scratch.Return();
        return used;
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
                attention.AssertClose(expected.Query, "dquery", item, attention.PairSize);
                attention.AssertClose(expected.Key, "dkey", item, attention.PairSize);
                attention.AssertClose(expected.Value, "dvalue", item);
            }
        }
    }

    private static void AssertLowerBoundOnAllPaths(AttentionCase attention)
    {
        using var query = attention.Hash("query", CpuKernels.Path);
        using var key = attention.Hash("key", CpuKernels.Path);

        foreach (var path in Paths.Supported)
        {
            WeightedLshCumulation.Backward(GradientMode.LowerBound, query, key, attention.Inputs, attention.Outputs, 0, 1, path);
            AssertLowerBound(attention, query, key);
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
                attention.AssertClose(expected.Query, "dquery", item, attention.PairSize);
                attention.AssertClose(expected.Key, "dkey", item, attention.PairSize);
                attention.AssertClose(expected.Value, "dvalue", item);
            }
        }
    }
}
