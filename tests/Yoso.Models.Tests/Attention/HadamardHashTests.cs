// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

public class HadamardHashTests
{
    [Theory]
    [InlineData(HashSampler.Shared, 8, 5, 7)] // narrow heads: padded to 32
    [InlineData(HashSampler.Shared, 64, 12, 17)]
    [InlineData(HashSampler.Shared, 48, 16, 9)] // padded to 64
    [InlineData(HashSampler.Spread, 32, 9, 40)] // more hashes than bits: two groups of rotations
    [InlineData(HashSampler.Spread, 64, 1, 3)]
    public void Codes_EqualAScalarTransform(HashSampler sampler, int headDim, int tau, int hashes)
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(5, 0, 3);
        var layout = new HashLayout(hashes, tau, sampler, headDim);
        var x = Batches.Normal(Batches.Seed, 8, 2, headDim).to(float64);

        var codes = HadamardHash.Codes(x, offsets, layout, Batches.Seed);

        Assert.Equal([8, 2, hashes], codes.shape);
        for (var token = 0; token < 8; token++)
        {
            for (var head = 0; head < 2; head++)
            {
                var expected = ScalarCodes(x[token, head].data<double>().ToArray(), HashSigns.HeadSeed(Batches.Seed, token < 5 ? 0 : 2, head), layout);
                Assert.Equal(expected, codes[token, head].data<int>().ToArray());
            }
        }
    }

    /// <summary>The definition read aloud: three rounds of flips and butterflies in float64, then bits by the rule of <see cref="HashLayout"/>.</summary>
    private static int[] ScalarCodes(double[] vector, Seed headSeed, HashLayout layout)
    {
        var dim = layout.PaddedDim;
        var bits = new bool[layout.Rotations, dim];
        for (var rotation = 0; rotation < layout.Rotations; rotation++)
        {
            var x = new double[dim];
            vector.CopyTo(x, 0);
            for (var round = 0; round < 3; round++)
            {
                for (var i = 0; i < dim; i++)
                {
                    x[i] *= (HashSigns.Word(headSeed, rotation, round, i / 64) >> (i % 64) & 1) == 1 ? -1 : 1;
                }

                for (var stride = 1; stride < dim; stride *= 2)
                {
                    for (var i = 0; i < dim; i++)
                    {
                        if ((i & stride) == 0)
                        {
                            (x[i], x[i + stride]) = (x[i] + x[i + stride], x[i] - x[i + stride]);
                        }
                    }
                }
            }

            for (var i = 0; i < dim; i++)
            {
                bits[rotation, i] = x[i] > 0;
            }
        }

        var perRotation = dim / layout.HashCodeLength;
        return [.. Enumerable.Range(0, layout.HashCount).Select(hash => Enumerable.Range(0, layout.HashCodeLength).Sum(j =>
        {
            var bit = layout.Sampler == HashSampler.Shared
                ? bits[hash / perRotation, hash % perRotation * layout.HashCodeLength + j]
                : bits[hash / dim * layout.HashCodeLength + j, hash % dim];
            return bit ? 1 << j : 0;
        }))];
    }

    [Fact]
    public void Codes_DoNotDependOnTheNorm_AndFloatAgreesWithDouble()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(300, 212);
        var layout = new HashLayout(32, 9, HashSampler.Shared, 64);
        var x = Batches.Normal(Batches.Seed, 512, 1, 64);

        var codes = HadamardHash.Codes(x, offsets, layout, Batches.Seed);

        // 147,456 bits; a bit differs only where rounding crosses zero, about 1e-7 each.
        Assert.Equal(0, codes.ne(HadamardHash.Codes(x.to(float64), offsets, layout, Batches.Seed)).sum().item<long>());
        Assert.Equal(0, codes.ne(HadamardHash.Codes(x * 4, offsets, layout, Batches.Seed)).sum().item<long>());
        Assert.True(codes.max().item<int>() is >= 500 and < 512);
    }

    [Fact]
    public void Codes_AreZero_ForZeroAndNaNVectors()
    {
        using var scope = NewDisposeScope();
        var x = stack([zeros(1, 32), full([1, 32], float.NaN)]);

        var codes = HadamardHash.Codes(x, SequenceOffsets.FromLengths(2), new HashLayout(8, 7, HashSampler.Spread, 32), Batches.Seed);

        Assert.Equal(0, codes.abs().sum().item<long>());
    }

    [Theory]
    // Shared: share of the closed form as measured for d = 32, τ = 9 at cosine 0.5 and 0.8; Spread: the closed form.
    [InlineData(HashSampler.Shared, 0.5, 0.80)]
    [InlineData(HashSampler.Shared, 0.8, 0.93)]
    [InlineData(HashSampler.Spread, 0.5, 1.00)]
    [InlineData(HashSampler.Spread, 0.8, 1.00)]
    public void CollisionProbability_IsTheClosedFormTimesTheSamplersBias(HashSampler sampler, double cosine, double bias)
    {
        using var scope = NewDisposeScope();
        const int pairs = 4000, tau = 9, dim = 32;
        var hashes = sampler == HashSampler.Shared ? 96 : 64;
        // One pair a sequence, so that pairs are independent draws.
        var offsets = SequenceOffsets.FromLengths([.. Enumerable.Repeat(1, pairs)]);
        var first = UnitRows.Normalize(Batches.Normal(Batches.Seed.Derive("first"), pairs, 1, dim));
        var other = Batches.Normal(Batches.Seed.Derive("other"), pairs, 1, dim);
        var orthogonal = UnitRows.Normalize(other - (other * first).sum(-1, keepdim: true) * first);
        var second = cosine * first + Math.Sqrt(1 - cosine * cosine) * orthogonal;
        var layout = new HashLayout(hashes, tau, sampler, dim);

        var same = HadamardHash.Codes(first, offsets, layout, Batches.Seed).eq(HadamardHash.Codes(second, offsets, layout, Batches.Seed));

        var perPair = same.to(float64).mean([-1]).view(-1); // [pairs]
        var closedForm = Math.Pow(1 - Math.Acos(cosine) / Math.PI, tau);
        var ratio = perPair.mean().item<double>() / closedForm;
        // 4.9 standard errors: failure probability 1e-6. 0.02 is the resolution of the measured figures, and the distance of
        // three Hadamard rounds from a uniformly random rotation.
        var standardError = perPair.std().item<double>() / Math.Sqrt(pairs) / closedForm;
        Assert.True(Math.Abs(ratio - bias) < 4.9 * standardError + 0.02, $"{sampler} cos {cosine}: {ratio:F4} of the closed form, standard error {standardError:F4}");
    }
}
