// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;
using Yoso.Models;

namespace Yoso.Experiments.Tests.KernelBenchmark;

public sealed class AttentionInputTests
{
    public static TheoryData<string> Kinds => [InputKind.Random, InputKind.Clustered, .. InputKind.Skewed];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Vectors_HaveLengthOne(string kind)
    {
        var input = AttentionInput.Make(kind, 97, 33, new Seed(1));

        for (var item = 0; item < AttentionInput.Items; item++)
        {
            for (var token = 0; token < 97; token++)
            {
                // 33 products of float32, each rounded to 2^-24 of itself.
                Assert.Equal(1, Dot(input.Row(input.Query, item, token), input.Row(input.Query, item, token)), 1e-5);
                Assert.Equal(1, Dot(input.Row(input.Key, item, token), input.Row(input.Key, item, token)), 1e-5);
            }
        }
    }

    [Fact]
    public void Make_GivesTheSameNumbers_WhenSeedIsTheSame()
    {
        var first = AttentionInput.Make(InputKind.Clustered, 64, 32, new Seed(5));
        var second = AttentionInput.Make(InputKind.Clustered, 64, 32, new Seed(5));

        Assert.Equal(first.Query, second.Query);
        Assert.Equal(first.OutputGradient, second.OutputGradient);
        Assert.NotEqual(first.Query, AttentionInput.Make(InputKind.Clustered, 64, 32, new Seed(6)).Query);
    }

    [Fact]
    public void Clustered_HasTheStatedProduct_WithinATokensCluster()
    {
        var input = AttentionInput.Make(InputKind.Clustered, 1024, 64, new Seed(2));
        var products = Enumerable.Range(0, 8 * 1024).Select(i => Dot(input.Row(input.Query, i / 1024, i % 1024), input.Row(input.Key, i / 1024, i % 1024))).ToArray();

        // q.k = 0.8 + 0.2 (u.w), u and w independent directions across the centre: sd 0.2 / sqrt(63) = 0.0252. Bounds of six
        // standard errors over 8,192 tokens: failure probability below 1e-8, and the seed is fixed.
        Assert.Equal(0.8, products.Average(), 6 * 0.0252 / Math.Sqrt(8192));
        Assert.Equal(0.2 / Math.Sqrt(63), Math.Sqrt(products.Average(p => (p - 0.8) * (p - 0.8))), 6 * 0.0252 / Math.Sqrt(2 * 8192));
    }

    [Fact]
    public void Clustered_HasZipfSizes()
    {
        var shares = AttentionInput.ZipfShares(4);

        // 1, 1/2, 1/3, 1/4 of 25/12, cumulated.
        Assert.Equal([12 / 25.0, 18 / 25.0, 22 / 25.0, 1], shares.Select(s => Math.Round(s, 12)));
    }

    [Fact]
    public void Clustered_FillsItsLargestClusterAsZipfSays()
    {
        // 16 clusters: the largest has 1 / H(16) = 0.2958 of the tokens. Two tokens of a cluster have q.k near 0.8, of different
        // ones near 0, so 0.5 tells them apart.
        var input = AttentionInput.Make(InputKind.Clustered, 1024, 64, new Seed(3));
        var largest = Enumerable.Range(0, AttentionInput.Items).Select(item => Enumerable.Range(0, 64).Max(probe =>
            Enumerable.Range(0, 1024).Count(t => Dot(input.Row(input.Query, item, probe), input.Row(input.Key, item, t)) > 0.5) / 1024.0)).Average();

        // sd of one item sqrt(p (1 - p) / 1024) = 0.0143, of the mean of 8 0.0050; six of them.
        Assert.Equal(0.2958, largest, 0.03);
    }

    [Fact]
    public void Skew_CountsOneBucket_WhenAllTokensAreIdentical()
    {
        var skew = Skew(InputKind.Identical, 256);

        Assert.Equal((256, 256, 1), (skew.PairsPerQuery, skew.LargestBucket, skew.CrowdedShare));
    }

    [Fact]
    public void Skew_IsThatOfTheStatedGenerators()
    {
        var (random, clustered, half, keys) = (Skew(InputKind.Random, 512), Skew(InputKind.Clustered, 512), Skew(InputKind.HalfIdentical, 512), Skew(InputKind.OneKeyBucket, 512));

        // Random directions: a code is uniform over 512 buckets, so a query meets one key on average.
        Assert.InRange(random.PairsPerQuery, 0.9, 1.1);
        Assert.InRange(random.CrowdedShare, 0, 0.05);
        // The prototype's clustered input: 17 pairs or more, 60 to 75 % of keys in buckets above four, largest bucket 214 at n = 512.
        Assert.InRange(clustered.PairsPerQuery, 10, 25);
        Assert.InRange(clustered.CrowdedShare, 0.5, 0.8);
        Assert.InRange(clustered.LargestBucket, 100, 300);
        Assert.InRange(half.PairsPerQuery, 128, 132);
        Assert.InRange(half.LargestBucket, 256, 280);
        Assert.Equal(512, keys.LargestBucket);
    }

    private static BucketSkew Skew(string kind, int n) =>
        new KernelContender(AttentionInput.Make(kind, n, 64, new Seed(4)), 32, BenchPlan.ComparedTau(n), 1, new Seed(4)).Skew();

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
        {
            sum += (double)a[i] * b[i];
        }

        return sum;
    }
}
