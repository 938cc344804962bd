// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

/// <summary>The values of one cell's seeds.</summary>
internal sealed record Sample(IReadOnlyList<double> Values)
{
    public int Count => Values.Count;
    public double Mean => Values.Average();

    /// <summary>With n - 1; 0 for a single value.</summary>
    public double StandardDeviation
    {
        get
        {
            var mean = Mean;
            return Count < 2 ? 0 : Math.Sqrt(Values.Sum(v => (v - mean) * (v - mean)) / (Count - 1));
        }
    }
}
