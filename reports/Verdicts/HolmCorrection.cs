// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

/// <summary>Holm's step-down correction: keeps the chance of any wrong verdict in a table below alpha.</summary>
internal static class HolmCorrection
{
    /// <summary>Adjusted p-values in the order given: compare each with alpha.</summary>
    public static double[] Adjust(IReadOnlyList<double> p)
    {
        var adjusted = new double[p.Count];
        var largest = 0.0;
        foreach (var (index, rank) in Enumerable.Range(0, p.Count).OrderBy(i => p[i]).Select((index, rank) => (index, rank)))
        {
            largest = Math.Max(largest, Math.Min(1, (p.Count - rank) * p[index]));
            adjusted[index] = largest;
        }

        return adjusted;
    }
}
