// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

[Collection<EngineTests>]
public sealed class ImageBuildTests(TestEngine engine)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Build_ShowsItsStepsAndMarksTheImage_WhenItRuns()
    {
        engine.SkipWithoutIt();

        Assert.Contains(engine.BuildLines, l => l.StartsWith("Step 1/", StringComparison.Ordinal));
        Assert.Contains($"Successfully tagged {TestEngine.Image}", engine.BuildLines);
        var image = await engine.Engine.FindImage(TestEngine.Image, Token);
        Assert.Equal("1000:1000", image!.Config!.User);
        Assert.False(new ImageBuild(engine.Engine, Repository.Root, Repository.Program, _ => { }).IsStale(image, "cpu"));
        Assert.True(new ImageBuild(engine.Engine, Repository.Root, Repository.Program, _ => { }).IsStale(image, "cuda"));
    }

    [Fact]
    public async Task Build_UsesItsCache_WhenNothingChanged()
    {
        engine.SkipWithoutIt();
        var lines = new List<string>();

        var id = await new ImageBuild(engine.Engine, Repository.Root, Repository.Program, lines.Add).Run("cpu", TestEngine.Image, TestEngine.BaseName, Token);

        Assert.Equal(engine.ImageId, id);
        Assert.Contains(lines, l => l.Contains("Using cache", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CudaImage_HoldsCompiledKernels_WhenItsBaseHasACompiler()
    {
        engine.SkipWithoutIt();
        var lines = new List<string>();
        var build = new ImageBuild(engine.Engine, Repository.Root, Repository.Program, lines.Add) { Arguments = new Dictionary<string, string> { ["ARCHITECTURES"] = "sm_80" } };

        await build.Run("cuda", "yoso-tests/cuda:1", TestEngine.BaseName, Token);

        var seen = new List<string>();
        var spec = new ContainerSpec { Name = $"yoso-test-{Guid.NewGuid():n}", Image = "yoso-tests/cuda:1", Entrypoint = ["bash", "-c"], Command = ["cat $YOSO_KERNELS/manifest.json; id -u"], Folders = [] };
        await new ContainerRun(engine.Engine.Client, spec, seen.Add).Run(Token);
        Assert.Contains("\"target\":\"sm_80\"", string.Concat(seen), StringComparison.Ordinal);
        Assert.Equal("1000", seen[^1]);
    }

    [Fact]
    public async Task Build_SaysWhichImageToLoad_WhenTheBaseIsNowhere()
    {
        engine.SkipWithoutIt();

        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => new ImageBuild(engine.Engine, Repository.Root, Repository.Program, _ => { }).Run("cpu", "yoso-tests/none:1", "registry.invalid/base:1", Token));

        Assert.StartsWith("the base image registry.invalid/base:1 is not in the engine and cannot be pulled (", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Theory]
    [InlineData("unix:///nowhere/docker.sock", "no Docker engine answers at unix:///nowhere/docker.sock: start one (sudo systemctl start docker) or set DOCKER_HOST; --executor local needs none")]
    [InlineData("tcp://127.0.0.1:9", "no Docker engine answers at tcp://127.0.0.1:9: start one (sudo systemctl start docker) or set DOCKER_HOST; --executor local needs none")]
    [InlineData("ftp://x", "DOCKER_HOST 'ftp://x' is not an address like unix:///var/run/docker.sock or tcp://host:2375")]
    [InlineData("rubbish", "DOCKER_HOST 'rubbish' is not an address like unix:///var/run/docker.sock or tcp://host:2375")]
    public async Task Connect_SaysWhatToDo_WhenNoEngineAnswers(string endpoint, string line)
    {
        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => DockerEngine.Connect(endpoint, Token));

        Assert.Equal(line, problem.Message);
    }
}
