// SPDX-License-Identifier: MIT
using Yoso.Reports.Verdicts;

namespace Yoso.Reports.Tests.Verdicts;

public sealed class TellingRulesTests
{
    [Fact]
    public void Telling_KeepsMajorityBestBeatenReachedAndNext()
    {
        RuleComparison[] rules =
        [
            RuleComparison.Of("depth-2", 95, 36, 1000), RuleComparison.Of("depth-1", 77, 36, 1000), RuleComparison.Of("reached", 35, 36, 1000),
            RuleComparison.Of("root", 29, 36, 1000), RuleComparison.Of("arguments", 20, 36, 1000), RuleComparison.Of("majority-class", 14, 36, 1000),
        ];

        Assert.Equal(["majority-class", "root", "reached", "depth-1"], RuleComparison.Telling(rules).Select(r => r.Rule));
    }
}
