// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Efficiency;

/// <summary>A median with the narrowest interval between order statistics that covers the true one with 95 %, whatever the distribution.</summary>
internal static class MedianInterval
{
    /// <summary>Fewer than six values cannot reach 95 %: then from the least to the greatest, with the coverage that this has.</summary>
    public static MeasuredInterval Of(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        var rank = 0;
        while (rank + 1 < sorted.Length / 2 && Coverage(sorted.Length, rank + 1) >= 0.95)
        {
            rank++;
        }

        return new MeasuredInterval(BenchStatistics.Median(sorted), sorted[rank], sorted[^(rank + 1)], Coverage(sorted.Length, rank));
    }

    /// <summary>Probability that the true median lies between order statistics rank and n - 1 - rank (from 0): 1 - 2 P(Binomial(n, 1/2) ≤ rank).</summary>
    private static double Coverage(int count, int rank)
    {
        var (term, sum) = (Math.Pow(0.5, count), 0.0);
        for (var k = 0; k <= rank; k++)
        {
            sum += term;
            term *= (double)(count - k) / (k + 1);
        }

        return Math.Max(0, 1 - (2 * sum));
    }
}
