// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

public sealed class ExecutorChoiceTests
{
    [Theory]
    [InlineData("local", true, null, "local", null)]
    [InlineData("slurm", false, null, "slurm", null)]
    [InlineData("auto", false, null, "local", "auto; no --container-image is asked for")]
    [InlineData("auto", true, null, "docker", "auto; the engine and its image are there")]
    [InlineData("auto", true, "no engine", "local", "auto; not docker: no engine")]
    public void Choose_SaysWhy_WhenTheChoiceIsItsOwn(string asked, bool container, string? problem, string name, string? why)
        => Assert.Equal(new ExecutorChoice(name, why), ExecutorChoice.Choose(asked, container, () => problem));

    [Fact]
    public void Choose_AsksNoEngine_WhenNoContainerIsAskedFor()
        => ExecutorChoice.Choose("auto", wantsContainer: false, () => throw new InvalidOperationException("an engine was asked"));
}
