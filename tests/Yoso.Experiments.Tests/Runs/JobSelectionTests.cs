// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

public sealed class JobSelectionTests
{
    [Fact]
    public void Jobs_TakesTheDefaultModels_WhenNoneIsNamed() => Assert.Equal(
        ["lra/listops/softmax seed 1 (smoke)", "lra/listops/yoso-32 seed 1 (smoke)", "lra/listops/yoso-c-16 seed 1 (smoke)"],
        JobSelection.Jobs(["lra/listops"], [], [1], "smoke", "cpu").Select(j => j.ToString()));

    [Fact]
    public void Jobs_TakesTheTasksInThePapersOrder_WhenASuiteIsNamed() => Assert.Equal(
        ["listops", "text", "retrieval", "image", "pathfinder"],
        JobSelection.Jobs(["lra"], ["softmax"], [1], "smoke", "cpu").Select(j => j.Task));

    [Fact]
    public void Jobs_CrossesModelsAndSeeds_Once() => Assert.Equal(
        5 * 2 * 2,
        JobSelection.Jobs(["lra/listops", "lra"], ["none", "yoso-16"], [1, 2], "smoke", "cpu").Count);

    [Fact]
    public void Jobs_BearTheProtocol_InNameAndCommand()
    {
        var job = Assert.Single(JobSelection.Jobs(["lra/text/yoso-32"], [], [2], "paper", "cpu", "clean"));

        Assert.Equal("lra/text/yoso-32 seed 2 (paper, clean protocol)", job.ToString());
        Assert.Equal("./yoso run lra/text/yoso-32 --seeds 2 --scale paper --device cpu --protocol clean", job.Command);
    }

    [Theory]
    [InlineData("lra/listops/yoso-23", "smoke", "unknown model 'yoso-23': did you mean 'yoso-32'? known: yoso-32, none")]
    [InlineData("lra/listop", "smoke", "unknown task 'listop': did you mean 'listops'? known: listops")]
    [InlineData("lra/patfinder", "smoke", "unknown task 'patfinder': did you mean 'pathfinder'? known: pathfinder")]
    [InlineData("rla", "smoke", "unknown suite 'rla': did you mean 'lra'? known: lra")]
    [InlineData("lra", "smok", "unknown scale 'smok': did you mean 'smoke'? known: smoke, nightly, paper")]
    public void Jobs_NamesTheNearestSpelling_WhenANameDoesNotExist(string selection, string scale, string message)
    {
        var error = Assert.Throws<UsageException>(() => JobSelection.Jobs([selection], [], [1], scale, "cpu"));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }
}
