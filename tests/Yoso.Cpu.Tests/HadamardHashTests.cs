// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Cpu.Reference;

namespace Yoso.Cpu.Tests;

public sealed class HadamardHashTests
{
    private static readonly Gen<(int Seed, int Length, int Heads, int HeadDim, int Hashes, int Tau, bool Spread)> Cases =
        Gen.Select(Gen.Int[0, 1 << 30], Gen.Int[0, 40], Gen.Int[1, 3], Gen.Int[1, 200], Gen.Int[1, 20], Gen.Int[1, 16], Gen.Bool);

    [Fact]
    public void Hash_EqualsReferenceBitForBit_OnEveryPath() =>
        Cases.Sample(
            c =>
            {
                var options = new LshOptions(c.Hashes, c.Tau, c.Spread ? HashSampler.Spread : HashSampler.Shared);
                var attention = new AttentionCase(c.Seed, [c.Length, 3], c.Heads, c.HeadDim, options);

                foreach (var path in Paths.Supported)
                {
                    using var codes = attention.Hash("query", path);
                    AssertEqualsReference<float>(attention, codes);
                }
            },
            iter: 40);

    [Theory]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(128)]
    [InlineData(256)]
    public void Hash_EqualsDoublePrecision_AtEveryWidth(int headDim)
    {
        var attention = new AttentionCase(headDim, [50], 2, headDim, new LshOptions(16, 9));

        using var codes = attention.Hash("query", CpuKernels.Path);

        // A coordinate within rounding of zero would differ: 1e-7 of the coordinates, none of these with this seed.
        AssertEqualsReference<double>(attention, codes);
    }

    [Fact]
    public void Hash_IsZero_ForZeroNonFiniteAndOverflowingVectors()
    {
        foreach (var path in Paths.Supported)
        {
            var attention = new AttentionCase(5, [20], 1, 24, new LshOptions(9, 7));
            attention.Row("query", 0, 0).Clear();
            attention.Row("query", 0, 1)[3] = float.NaN;
            attention.Row("query", 0, 2)[23] = float.PositiveInfinity;
            attention.Row("query", 0, 3).Fill(float.NegativeInfinity);
            attention.Row("query", 0, 4).Fill(3e38f);

            using var codes = attention.Hash("query", path);

            for (var hash = 0; hash < 9; hash++)
            {
                Assert.All(codes.Codes(0, hash)[..5].ToArray(), code => Assert.Equal(0, code));
                Assert.Contains(codes.Codes(0, hash)[5..].ToArray(), code => code != 0);
            }
        }
    }

    [Theory]
    [InlineData(HashSampler.Shared)]
    [InlineData(HashSampler.Spread)]
    public void Hash_FillsAllBitsOfEveryCode(HashSampler sampler)
    {
        var attention = new AttentionCase(7, [200], 1, 32, new LshOptions(5, 13, sampler));

        using var codes = attention.Hash("query", CpuKernels.Path);

        for (var hash = 0; hash < 5; hash++)
        {
            // A bit is equal in all 200 vectors with probability 2^-199.
            Assert.Equal((1 << 13) - 1, codes.Codes(0, hash).ToArray().Aggregate(0, (all, code) => all | code));
            Assert.Equal(0, codes.Codes(0, hash).ToArray().Aggregate(0xffff, (all, code) => all & code));
        }
    }

    [Fact]
    public void Hash_NamesShapes_WhenSignsDoNotFit()
    {
        var attention = new AttentionCase(1, [4], 2, 16, new LshOptions(3, 5));
        using var codes = new HashCodes(attention.Shape, attention.Options);

        var error = Assert.Throws<ArgumentException>(() => HadamardHash.Hash(attention["query"], attention.Signs.AsSpan(1), codes, 1));

        Assert.Contains("3 sign words for each of 2 items; got 5 words", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rotations_AreAtLeastTau_WhenSpread()
    {
        Assert.Equal(7, HadamardHash.Rotations(64, new LshOptions(32, 12)));
        Assert.Equal(12, HadamardHash.Rotations(64, new LshOptions(32, 12, HashSampler.Spread)));
        Assert.Equal(16, HadamardHash.Rotations(32, new LshOptions(32, 11)));
        Assert.Equal(11, HadamardHash.Rotations(32, new LshOptions(32, 11, HashSampler.Spread)));
    }

    private static void AssertEqualsReference<TNumber>(AttentionCase attention, HashCodes codes)
        where TNumber : System.Numerics.IBinaryFloatingPointIeee754<TNumber>
    {
        var words = HadamardHash.SignWords(attention.Shape.HeadDim, attention.Options);
        for (var item = 0; item < attention.Shape.Items; item++)
        {
            for (var token = 0; token < attention.Shape.Length(item); token++)
            {
                var expected = HadamardHashReference.Hash<TNumber>(
                    attention.Row("query", item, token),
                    attention.Signs.AsSpan(item * words, words),
                    attention.Options);
                for (var hash = 0; hash < expected.Length; hash++)
                {
                    Assert.Equal(expected[hash], codes.Codes(item, hash)[token]);
                }
            }
        }
    }
}
