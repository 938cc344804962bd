// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

/// <summary>
/// Several of our runs against one printed number. The number is taken as one more draw with our spread, so the difference has
/// standard error sd * sqrt(1 + 1/n) and n - 1 degrees of freedom (a prediction interval); accuracies of seeds are taken as normal.
/// </summary>
/// <param name="PWithin">Two one-sided tests: small when the true difference lies within the margin.</param>
/// <param name="POutside">Twice the smaller one-sided test: small when it lies beyond the margin, on the side of <paramref name="Difference"/>.</param>
internal sealed record ComparisonTest(int Count, double Difference, double StandardError, double PWithin, double POutside)
{
    /// <summary>How many more seeds are looked at when asking what would decide.</summary>
    private const int MostSeeds = 100;

    /// <summary>The wrong-verdict probability of a cell, and of a whole table after Holm's correction.</summary>
    public const double Alpha = 0.05;

    /// <summary>The p-value of the verdict that the runs lean to.</summary>
    public double P => Math.Min(PWithin, POutside);

    public VerdictKind Leaning => PWithin <= POutside ? VerdictKind.Reproduced : Difference > 0 ? VerdictKind.Better : VerdictKind.Deviates;

    /// <summary>Null with fewer than two values: one run has no spread.</summary>
    /// <param name="sample">Our runs.</param>
    /// <param name="published">The printed value.</param>
    /// <param name="margin">In points, above 0.</param>
    /// <param name="resolution">The step of the metric, e.g. 0.05 for 2000 examples: seeds that agree exactly still vary within it.</param>
    public static ComparisonTest? Of(Sample sample, double published, double margin, double resolution) =>
        sample.Count < 2 ? null : Of(sample.Count, sample.Mean - published, Math.Max(sample.StandardDeviation, resolution / Math.Sqrt(12)), margin);

    /// <summary>
    /// How many more seeds with the same mean and spread would decide at <paramref name="alpha"/>; null when a hundred would not,
    /// which is so when the margin is below the uncertainty of the single printed number.
    /// </summary>
    public static int? MoreSeeds(Sample sample, double published, double margin, double resolution, double alpha)
    {
        var sd = Math.Max(sample.StandardDeviation, resolution / Math.Sqrt(12));
        for (var n = sample.Count + 1; sample.Count >= 2 && n <= MostSeeds; n++)
        {
            if (Of(n, sample.Mean - published, sd, margin).P <= alpha)
            {
                return n - sample.Count;
            }
        }

        return null;
    }

    /// <summary>
    /// All of our runs lie in one group of a two-humped result and the printed number in the other. If both came from the same mixture,
    /// with share q in our group, that has probability q^n (1 - q) + (1 - q)^n q; its greatest value over q is the p-value.
    /// </summary>
    public static ComparisonTest OtherGroup(Sample sample, double published) => new(sample.Count, sample.Mean - published, 0, 1, OtherGroupP(sample.Count));

    /// <summary>How many more seeds in the same group would decide.</summary>
    public static int MoreSeedsInOtherGroup(int count, double alpha)
    {
        var more = 1;
        while (OtherGroupP(count + more) > alpha)
        {
            more++;
        }

        return more;
    }

    private static double OtherGroupP(int n) => Enumerable.Range(500, 500).Select(i => i / 1000.0).Max(q => Math.Pow(q, n) * (1 - q) + Math.Pow(1 - q, n) * q);

    private static ComparisonTest Of(int n, double difference, double sd, double margin)
    {
        var error = Math.Max(sd, 1e-12) * Math.Sqrt(1 + 1.0 / n);
        var aboveLower = StudentT.Cumulative(-(difference + margin) / error, n - 1);
        var belowUpper = StudentT.Cumulative(-(margin - difference) / error, n - 1);
        var below = StudentT.Cumulative((difference + margin) / error, n - 1);
        var above = StudentT.Cumulative(-(difference - margin) / error, n - 1);
        return new ComparisonTest(n, difference, error, Math.Max(aboveLower, belowUpper), Math.Min(1, 2 * Math.Min(below, above)));
    }
}
