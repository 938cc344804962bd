// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.KernelBenchmark;

/// <summary>Slope of a line through points on log-log axes, with its 95 % confidence interval.</summary>
internal sealed record ExponentFit(double Exponent, double Low, double High);

/// <summary>Statistics that a few slow outliers of a shared machine do not move.</summary>
internal static class BenchStatistics
{
    // 97.5 % quantiles of Student's t for 1 to 10 degrees of freedom (any table); beyond, the last one is on the safe side.
    private static readonly double[] StudentT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

    /// <summary>Half the width of a 95 % interval in standard errors.</summary>
    public static double StudentQuantile(int freedom) => StudentT[Math.Min(freedom, StudentT.Length) - 1];

    public static double Median(IReadOnlyCollection<double> values) => Quantile(values, 0.5);

    /// <summary>First and third quartile.</summary>
    public static (double First, double Third) Quartiles(IReadOnlyCollection<double> values) => (Quantile(values, 0.25), Quantile(values, 0.75));

    /// <summary>Linear between the order statistics (type 7 of Hyndman and Fan, 1996).</summary>
    public static double Quantile(IReadOnlyCollection<double> values, double share)
    {
        if (values.Count == 0)
        {
            throw new ArgumentException("a quantile needs at least one value", nameof(values));
        }

        double[] sorted = [.. values.Order()];
        var position = share * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>Least squares of log time on log size; the interval takes the points' distances from the line as independent and normal.</summary>
    /// <exception cref="ArgumentException">Fewer than three points, or all of one size.</exception>
    public static ExponentFit FitExponent(IReadOnlyList<(double Size, double Time)> points)
    {
        if (points.Select(p => p.Size).Distinct().Count() < 2 || points.Count < 3)
        {
            throw new ArgumentException($"an exponent with its interval needs three points of two sizes, got {points.Count}", nameof(points));
        }

        var x = points.Select(p => Math.Log(p.Size)).ToArray();
        var y = points.Select(p => Math.Log(p.Time)).ToArray();
        var (meanX, meanY) = (x.Average(), y.Average());
        var squares = x.Sum(v => (v - meanX) * (v - meanX));
        var slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / squares;
        var residual = x.Zip(y, (a, b) => b - meanY - (slope * (a - meanX))).Sum(r => r * r);
        var freedom = points.Count - 2;
        var half = StudentQuantile(freedom) * Math.Sqrt(residual / freedom / squares);
        return new ExponentFit(slope, slope - half, slope + half);
    }
}
