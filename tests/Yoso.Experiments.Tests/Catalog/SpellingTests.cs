// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;

namespace Yoso.Experiments.Tests.Catalog;

public sealed class SpellingTests
{
    [Theory]
    [InlineData("softmax", "softmax", 0)]
    [InlineData("sofmax", "softmax", 1)]
    [InlineData("yoso-23", "yoso-32", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("SMOKE", "smoke", 0)]
    public void Distance_CountsEdits_AndAnExchangeOnce(string a, string b, int distance) => Assert.Equal(distance, Spelling.Distance(a, b));

    [Fact]
    public void Problem_IsNull_WhenTheNameExists() => Assert.Null(Spelling.Problem("scale", "smoke", Names.Scales));

    [Fact]
    public void Problem_ListsAllWithoutAHint_WhenNothingIsNear() =>
        Assert.Equal("unknown scale 'enormous': known: smoke, nightly, paper", Spelling.Problem("scale", "enormous", Names.Scales));
}
