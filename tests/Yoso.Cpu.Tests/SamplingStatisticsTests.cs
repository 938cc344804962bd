// SPDX-License-Identifier: MIT
namespace Yoso.Cpu.Tests;

/// <summary>The collision probability of the samplers against (1 - acos(x)/pi)^tau; seeds are fixed.</summary>
public sealed class SamplingStatisticsTests
{
    private const int Pairs = 400;
    private const int Hashes = 300;

    [Theory]
    [InlineData(0.5, 32, 11)]
    [InlineData(0.8, 64, 12)]
    [InlineData(0.95, 64, 9)]
    public void Spread_IsUnbiased(double cosine, int headDim, int tau)
    {
        var (mean, standardError) = MeasureRatio(cosine, headDim, tau, HashSampler.Spread);

        // 5 standard errors: a correct sampler fails one seed in two million. 0.02: three rounds are not quite a Haar rotation.
        Assert.InRange(mean, 1 - 0.02 - (5 * standardError), 1 + 0.02 + (5 * standardError));
        Assert.InRange(standardError, 0, 0.03);
    }

    [Theory]
    [InlineData(0.5, 64, 12, 0.83)]
    [InlineData(0.5, 32, 11, 0.69)]
    [InlineData(0.8, 32, 12, 0.875)]
    public void Shared_HasTheBiasOfOrthogonalHyperplanes(double cosine, int headDim, int tau, double expected)
    {
        var (mean, standardError) = MeasureRatio(cosine, headDim, tau, HashSampler.Shared);

        Assert.InRange(mean, expected - 0.03 - (5 * standardError), expected + 0.03 + (5 * standardError));
    }

    [Fact]
    public void Variance_FallsAsOneOverM_WhenSpread()
    {
        // Variance of the mean of 4 and of 64 hashes over many draws: their ratio is 16 when hashes are independent.
        var few = VarianceOfMean(4);
        var many = VarianceOfMean(64);

        // Each variance of 2000 draws has a relative standard error of at most 5 %; 6 of them: one seed in 10^8.
        Assert.InRange(few / many, 16 * 0.65, 16 * 1.5);
    }

    private static double VarianceOfMean(int hashes)
    {
        var means = Collisions(0.8, 64, new LshOptions(hashes, 8, HashSampler.Spread), 2000);
        var mean = means.Average();
        return means.Sum(x => (x - mean) * (x - mean)) / (means.Length - 1);
    }

    private static (double Mean, double StandardError) MeasureRatio(double cosine, int headDim, int tau, HashSampler sampler)
    {
        var closedForm = Math.Pow(1 - (Math.Acos(cosine) / Math.PI), tau);
        var ratios = Collisions(cosine, headDim, new LshOptions(Hashes, tau, sampler), Pairs).Select(x => x / closedForm).ToArray();
        var mean = ratios.Average();
        var variance = ratios.Sum(x => (x - mean) * (x - mean)) / (ratios.Length - 1);
        return (mean, Math.Sqrt(variance / ratios.Length));
    }

    /// <summary>Share of hashes in which a pair of unit vectors collides; every pair is an item with signs of its own.</summary>
    private static double[] Collisions(double cosine, int headDim, LshOptions options, int pairs)
    {
        var attention = new AttentionCase(42, [.. Enumerable.Repeat(2, pairs)], 1, headDim, options);
        attention.Normalise();
        for (var item = 0; item < pairs; item++)
        {
            var (a, b) = (attention.Row("query", item, 0).ToArray(), attention.Row("query", item, 1).ToArray());
            var dot = a.Zip(b, (x, y) => (double)x * y).Sum();
            for (var c = 0; c < headDim; c++)
            {
                var orthogonal = (b[c] - (dot * a[c])) / Math.Sqrt(1 - (dot * dot));
                attention.Row("query", item, 1)[c] = (float)((cosine * a[c]) + (Math.Sqrt(1 - (cosine * cosine)) * orthogonal));
            }
        }

        using var codes = attention.Hash("query", CpuKernels.Path, 2);
        return [.. Enumerable.Range(0, pairs).Select(item =>
            Enumerable.Range(0, options.HashCount).Count(h => codes.Codes(item, h)[0] == codes.Codes(item, h)[1]) / (double)options.HashCount)];
    }
}
