// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Nightly;

/// <summary>The range in which a metric is expected: the median of earlier nights, give or take.</summary>
/// <param name="Median">Of the nights compared.</param>
/// <param name="HalfWidth">The larger of <see cref="Deviations"/> scaled median absolute deviations and the metric's floor.</param>
/// <param name="Nights">How many nights it rests on.</param>
internal sealed record Band(double Median, double HalfWidth, int Nights)
{
    /// <summary>
    /// Iglewicz and Hoaglin (1993) call a value beyond 3.5 scaled deviations an outlier; with the deviation known from 14 nights only, that would
    /// be 1.8 % of all normal values, and a page has a hundred metrics. Beyond 5 are 0.4 %.
    /// </summary>
    public const double Deviations = 5;

    /// <summary>Nights looked back on. A level that has moved for good is the new median after half of them.</summary>
    public const int Window = 14;

    /// <summary>Fewer nights than this say nothing.</summary>
    public const int LeastNights = 5;

    /// <summary>Makes the median absolute deviation of a normal distribution its standard deviation.</summary>
    private const double NormalScale = 1.4826;

    public double Low => Median - HalfWidth;

    public double High => Median + HalfWidth;

    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>Null where there are fewer than <see cref="LeastNights"/> nights.</summary>
    /// <param name="earlier">Comparable nights, oldest first.</param>
    public static Band? Of(IReadOnlyList<HistoryRow> earlier)
    {
        var nights = earlier.TakeLast(Window).ToArray();
        if (nights.Length < LeastNights)
        {
            return null;
        }

        var median = MedianOf(nights.Select(n => n.Value));
        var spread = MedianOf(nights.Select(n => Math.Abs(n.Value - median)));
        return new Band(median, Math.Max(Deviations * NormalScale * spread, Floor(nights[^1], median)), nights.Length);
    }

    /// <summary>
    /// A run repeated with the same inputs on one machine gives the same bits, so the deviation of quiet nights is zero; the floor is what a change
    /// of no account (another order of additions) does: two standard errors of an accuracy, 2 % of a loss or perplexity, 10 % of speed, 5 % of memory.
    /// </summary>
    private static double Floor(HistoryRow row, double median) => row.Metric switch
    {
        "speed" => 0.10 * Math.Abs(median),
        "memory" => 0.05 * Math.Abs(median),
        "perplexity" => 0.02 * Math.Abs(median),
        _ when row.Metric.EndsWith("loss", StringComparison.Ordinal) => 0.02 * Math.Abs(median),
        _ when row.Count > 0 && median is >= 0 and <= 100 => 2 * Math.Sqrt(Math.Max(median * (100 - median), 1) / row.Count),
        _ => 0.02 * Math.Abs(median),
    };

    private static double MedianOf(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
