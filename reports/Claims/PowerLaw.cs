// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Claims;

/// <summary>y = c · x^exponent by least squares on log-log axes; the points' distances from the line are taken as independent and normal.</summary>
/// <param name="Freedom">Points less two.</param>
internal sealed record PowerLaw(double Exponent, double StandardError, int Freedom)
{
    /// <summary>Null for fewer than three positive points of two sizes.</summary>
    public static PowerLaw? Fit(IReadOnlyList<(double X, double Y)> points)
    {
        if (points.Count < 3 || points.Any(p => !(p.X > 0 && p.Y > 0)) || points.Select(p => p.X).Distinct().Count() < 2)
        {
            return null;
        }

        var (x, y) = (points.Select(p => Math.Log(p.X)).ToArray(), points.Select(p => Math.Log(p.Y)).ToArray());
        var (meanX, meanY) = (x.Average(), y.Average());
        var squares = x.Sum(v => (v - meanX) * (v - meanX));
        var slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / squares;
        var residual = x.Zip(y, (a, b) => b - meanY - (slope * (a - meanX))).Sum(r => r * r);
        return new PowerLaw(slope, Math.Sqrt(residual / (points.Count - 2) / squares), points.Count - 2);
    }

    /// <summary>The exponent of another sample of the same spread, from Student's t.</summary>
    public double Redrawn(SplitMix random) => Exponent + (random.StudentT(Freedom) * StandardError);

    /// <summary>"1.02 [0.98, 1.06]", with a 95 % interval.</summary>
    public string Text(string format = "0.00")
    {
        var half = StudentT.Quantile(0.975, Freedom) * StandardError;
        string Show(double v) => v.ToString(format, CultureInfo.InvariantCulture);
        return $"{Show(Exponent)} [{Show(Exponent - half)}, {Show(Exponent + half)}]";
    }
}
