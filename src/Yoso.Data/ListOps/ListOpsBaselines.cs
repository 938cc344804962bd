// SPDX-License-Identifier: MIT
namespace Yoso.Data.ListOps;

/// <summary>A rule's accuracy in percent on one split.</summary>
public sealed record ListOpsBaseline(string Rule, double AccuracyPercent);

/// <summary>
/// What can be scored without any model: a rule maps a few facts of a tree to a label by the training trees' majority. A published 37 % is the root-operator rule.
/// </summary>
public static class ListOpsBaselines
{
    public const string MajorityClass = "majority class";
    public const string RootOperator = "root operator";
    public const string RootOperatorAndArguments = "root operator and number of arguments";
    public const string DirectDigits = "root operator with min, max or median of its direct digits";

    /// <summary>Most likely values of MIN, MAX, MED and SM.</summary>
    private static readonly int[] Guesses = [0, 9, 4, 5];

    /// <summary>The name of the rule that looks at operators above a nesting depth (the root has 0) and guesses the operators there.</summary>
    public static string TreeToDepth(int depth) => $"tree evaluated to depth {depth}";

    /// <summary>Every rule fitted on <paramref name="train"/> and scored on <paramref name="scored"/>, simplest first.</summary>
    public static IReadOnlyList<ListOpsBaseline> Score(SequenceDataset train, SequenceDataset scored, int deepest = 6)
    {
        List<(string Rule, Func<SequenceDataset, int, int> Feature)> rules =
        [
            (MajorityClass, (_, _) => 0),
            (RootOperator, (data, i) => Root(data, i)),
            (RootOperatorAndArguments, (data, i) => (100 * ListOpsEvaluator.RootArguments(data.Sequence(i))) + Root(data, i)),
            (DirectDigits, DigitsFeature),
        ];
        rules.AddRange(Enumerable.Range(1, Math.Max(0, deepest)).Select(depth =>
            (TreeToDepth(depth), (Func<SequenceDataset, int, int>)((data, i) =>
                (100 * Root(data, i)) + ListOpsEvaluator.EvaluateToDepth(data.Sequence(i), depth, Guesses)))));
        return [.. rules.Select(rule => new ListOpsBaseline(rule.Rule, Accuracy(train, scored, rule.Feature)))];
    }

    /// <summary>Accuracy in percent of one rule of <see cref="Score"/> that needs no evaluation of trees: the root operator.</summary>
    public static double RootOperatorAccuracy(SequenceDataset train, SequenceDataset scored) => Accuracy(train, scored, Root);

    /// <summary>The label of each example under the root-operator rule fitted on <paramref name="train"/>.</summary>
    public static int[] RootOperatorPredictions(SequenceDataset train, SequenceDataset scored) => Predict(train, scored, Root);

    private static int Root(SequenceDataset data, int example) => data.Sequence(example)[0];

    /// <summary>The sum says nothing while arguments are missing, so SM has the operator alone.</summary>
    private static int DigitsFeature(SequenceDataset data, int example)
    {
        var ids = data.Sequence(example);
        var value = ids[0] == ListOpsTokens.SumModulo ? 10 : ListOpsEvaluator.ApplyToDirectDigits(ids) ?? 10;
        return (100 * ids[0]) + value;
    }

    private static double Accuracy(SequenceDataset train, SequenceDataset scored, Func<SequenceDataset, int, int> feature)
    {
        if (scored.Count == 0) throw new ArgumentException("no examples to score");
        var predicted = Predict(train, scored, feature);
        return 100.0 * Enumerable.Range(0, scored.Count).Count(i => predicted[i] == scored.Label(i)) / scored.Count;
    }

    private static int[] Predict(SequenceDataset train, SequenceDataset scored, Func<SequenceDataset, int, int> feature)
    {
        if (train.Count == 0) throw new ArgumentException("no examples to fit a rule on");
        var majority = MajorityOf(Enumerable.Range(0, train.Count).Select(train.Label));
        var seen = Features(train, feature);
        var rule = Enumerable.Range(0, train.Count).GroupBy(i => seen[i], train.Label).ToDictionary(group => group.Key, MajorityOf);
        return [.. Features(scored, feature).Select(value => rule.GetValueOrDefault(value, majority))];
    }

    private static int[] Features(SequenceDataset data, Func<SequenceDataset, int, int> feature)
    {
        var features = new int[data.Count];
        Parallel.For(0, data.Count, i => features[i] = feature(data, i));
        return features;
    }

    /// <summary>The smallest of the most frequent labels.</summary>
    private static int MajorityOf(IEnumerable<int> labels) =>
        labels.GroupBy(label => label).OrderByDescending(group => group.Count()).ThenBy(group => group.Key).First().Key;
}
