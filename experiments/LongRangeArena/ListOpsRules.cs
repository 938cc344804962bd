// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Data.ListOps;
using Yoso.Reports.Records;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>What rules that know nothing of attention score on the examples that the model is scored on.</summary>
internal static class ListOpsRules
{
    public static IReadOnlyList<BaselineResult> Score(ClassificationData data, int testExamples) =>
        [.. ListOpsBaselines.Score(data.Train, data.Test.Take(testExamples), deepest: 3).Select(r => new BaselineResult(r.Rule.Replace(' ', '-'), "test", "accuracy", r.AccuracyPercent, testExamples))];
}
