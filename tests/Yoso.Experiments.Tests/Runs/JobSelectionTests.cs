// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class JobSelectionTests
{
    [Fact]
    public void Jobs_TakesTheDefaultModels_WhenNoneIsNamed() => Assert.Equal(
        ["lra/listops/softmax seed 1 (smoke)", "lra/listops/yoso-e seed 1 (smoke)", "lra/listops/yoso-32 seed 1 (smoke)"],
        JobSelection.Jobs(["lra"], [], [1], "smoke", "cpu").Select(j => j.ToString()));

    [Fact]
    public void Jobs_CrossesModelsAndSeeds_Once() => Assert.Equal(
        4,
        JobSelection.Jobs(["lra/listops", "lra"], ["none", "yoso-16"], [1, 2], "smoke", "cpu").Count);

    [Theory]
    [InlineData("lra/listops/yoso-23", "smoke", "unknown model 'yoso-23': did you mean 'yoso-32'? known: yoso-32, none")]
    [InlineData("lra/listop", "smoke", "unknown task 'listop': did you mean 'listops'? known: listops")]
    [InlineData("rla", "smoke", "unknown suite 'rla': did you mean 'lra'? known: lra")]
    [InlineData("lra", "smok", "unknown scale 'smok': did you mean 'smoke'? known: smoke, nightly, paper")]
    public void Jobs_NamesTheNearestSpelling_WhenANameDoesNotExist(string selection, string scale, string message)
    {
        var error = Assert.Throws<UsageException>(() => JobSelection.Jobs([selection], [], [1], scale, "cpu"));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}
