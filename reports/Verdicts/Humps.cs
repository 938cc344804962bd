// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

/// <summary>
/// Results of one cell in two clusters, as on ListOps (runs that have and have not found the root token). A mean over both would be a
/// value that no run has, so the share of converged runs and the mean among them stand in its place.
/// </summary>
internal sealed record Humps(Sample Lower, Sample Upper, double Threshold)
{
    /// <summary>Seeds of one configuration that differ by less are not two clusters by the gap alone (points).</summary>
    private const double LeastGap = 8;

    /// <summary>Null when all values lie in one cluster.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="known">The value that parts the clusters where it is known (margins.csv), else the widest gap decides.</param>
    public static Humps? Find(IReadOnlyList<double> values, double? known)
    {
        var threshold = known ?? WidestGap(values);
        if (threshold is not { } t)
        {
            return null;
        }

        var lower = values.Where(v => v < t).ToArray();
        var upper = values.Where(v => v >= t).ToArray();
        return lower.Length > 0 && upper.Length > 0 ? new Humps(new Sample(lower), new Sample(upper), t) : null;
    }

    /// <summary>The middle of the widest gap if it is wide in itself and against both clusters' ranges.</summary>
    private static double? WidestGap(IReadOnlyList<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length < 2)
        {
            return null;
        }

        var cut = Enumerable.Range(1, sorted.Length - 1).MaxBy(i => sorted[i] - sorted[i - 1]);
        var gap = sorted[cut] - sorted[cut - 1];
        var range = Math.Max(sorted[cut - 1] - sorted[0], sorted[^1] - sorted[cut]);
        return gap >= LeastGap && gap >= 3 * range ? (sorted[cut] + sorted[cut - 1]) / 2 : null;
    }
}
