// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Verdicts;

internal enum RuleOutcome
{
    Above,
    Equal,
    Below,
}

/// <summary>
/// A model's accuracy against a rule without attention on the same test examples: exact one-sided binomial tests at
/// <see cref="Alpha"/> that the model's hit rate is above (below) the rule's, whose score is taken as fixed.
/// </summary>
internal sealed record RuleComparison(string Rule, double Score, int Count, RuleOutcome Outcome, double P)
{
    public const double Alpha = 0.01;

    /// <summary>The rules a cell has to name: the majority class, the best one beaten, those reached, and the lowest that scores more.</summary>
    public static IEnumerable<RuleComparison> Telling(IReadOnlyList<RuleComparison> rules)
    {
        var best = rules.Where(r => r.Outcome == RuleOutcome.Above).MaxBy(r => r.Score);
        var next = rules.Where(r => r.Outcome == RuleOutcome.Below).MinBy(r => r.Score);
        return rules.Where(r => r.Rule == "majority-class" || r.Outcome == RuleOutcome.Equal || r == best || r == next).OrderBy(r => r.Score);
    }

    /// <param name="rule">e.g. majority-class.</param>
    /// <param name="score">The rule's accuracy in percent.</param>
    /// <param name="accuracy">The model's in percent: a mean over seeds counts as one test set, since the examples are the same.</param>
    /// <param name="count">Test examples.</param>
    public static RuleComparison Of(string rule, double score, double accuracy, int count)
    {
        var hits = (int)Math.Round(accuracy / 100 * count);
        var above = Binomial.AtLeast(hits, count, score / 100);
        var below = Binomial.AtLeast(count - hits, count, 1 - score / 100);
        return (above <= Alpha, below <= Alpha) switch
        {
            (true, _) => new RuleComparison(rule, score, count, RuleOutcome.Above, above),
            (_, true) => new RuleComparison(rule, score, count, RuleOutcome.Below, below),
            _ => new RuleComparison(rule, score, count, RuleOutcome.Equal, above),
        };
    }
}
