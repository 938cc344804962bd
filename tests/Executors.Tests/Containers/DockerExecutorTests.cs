// SPDX-License-Identifier: MIT
using Docker.DotNet.Models;
using Executors;
using Resources = Executors.Resources;

namespace ExecutorsTests;

/// <summary>A real engine runs real smoke jobs.</summary>
[Collection<EngineTests>]
public sealed class DockerExecutorTests(TestEngine engine, LocalRuns locals) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-containers-");
    private readonly StringWriter _console = new();

    private string Output => Path.Combine(_folder.FullName, "out");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Job_GivesTheBitsOfALocalRun_WhenStoppedKilledAndRunInContainersOfAnotherUser()
    {
        engine.SkipWithoutIt();
        Shell.Run($"mkdir -p {Output} && chown 1000:1000 {_folder.FullName} {Output}");
        var request = Runs.Request(Output, "lra/listops/yoso-32");

        // Asked to stop: a checkpoint is written, the container is gone.
        using (var stop = new CancellationTokenSource())
        {
            var stopped = await Executor(new Watcher(_console, "step ", stop.Cancel), "1000:1000").RunJobs(request, stop.Token);
            Assert.Equal("stopped", stopped.Single().Outcome);
            Assert.Single(Directory.GetFiles(Output, "*.checkpoint", SearchOption.AllDirectories));
            Assert.Empty(await Containers());
        }

        // Killed from outside.
        var killed = await Executor(new Watcher(_console, "step ", () => KillAll().Wait(Token)), "1000:1000").RunJobs(request, Token);
        Assert.Equal("failed", killed.Single().Outcome);
        Assert.StartsWith("killed (signal 9)", killed.Single().Reason, StringComparison.Ordinal);
        Assert.Empty(await Containers());

        var finished = await Executor(_console, "1000:1000").RunJobs(request, Token);

        Assert.True(finished.Single().Outcome == "finished", _console.ToString());
        Runs.AssertSameBits(locals.Of("lra/listops/yoso-32"), Output);
        var fingerprint = Runs.Record(Output)["fingerprint"]!;
        Assert.Equal($"{TestEngine.Image}@{engine.ImageId}", (string?)fingerprint["image"]);
        Assert.Equal("0123abc", (string?)fingerprint["gitCommit"]);
        Assert.Equal("1000:1000\n", Shell.Run($"stat -c %u:%g {Runs.Folder(Output)}/run.json"));
        Assert.Contains("lra/listops/yoso-32 s1  step ", _console.ToString(), StringComparison.Ordinal);

        var again = await Executor(_console, "1000:1000").RunJobs(request, Token);
        Assert.Equal("cached", again.Single().Outcome);
    }

    [Fact]
    public async Task Run_SaysTheLimit_WhenAJobNeedsMoreMemory()
    {
        engine.SkipWithoutIt();
        var resources = new Resources { Defaults = new JobResources { Memory = "100M" } };

        var results = await Executor(_console, resources: resources).RunJobs(Runs.Request(Output, "lra/listops/none"), Token);

        Assert.Equal("out of memory: the container's limit is 100M (memory in the resources file)", results.Single().Reason);
        Assert.Equal("1 job failed", Assert.Throws<ExecutorFailure>(() => JobResults.Conclude(results, Output, _console)).Message);
    }

    [Fact]
    public async Task Run_SaysThatTheDiskIsFull_WhenAJobCannotWrite()
    {
        engine.SkipWithoutIt();
        Shell.Run($"mkdir -p {Output} && mount -t tmpfs -o size=48m none {Output}");
        try
        {
            Runs.Program.PrepareData("listops", Runs.Request(Output, "lra/listops/none"));
            _ = ProgramSnapshot.Publish(Repository.Program, Output);
            Shell.Try($"dd if=/dev/zero of={Output}/filler bs=4k count=100000 status=none; truncate -s -8k {Output}/filler");

            var results = await Executor(_console).RunJobs(Runs.Request(Output, "lra/listops/none"), Token);

            Assert.Equal("failed", results.Single().Outcome);
            Assert.Contains("No space left on device", results.Single().Reason, StringComparison.Ordinal);
        }
        finally
        {
            Shell.Run($"umount {Output}");
        }
    }

    [Fact]
    public async Task Leftover_IsKilledAndRemoved_WhenItsBuildIsGone()
    {
        engine.SkipWithoutIt();
        var dead = await Start("yoso-dead", new(Leftovers.Labels(Output)) { ["yoso.owner"] = "4194000 1" });
        var alive = await Start("yoso-alive", Leftovers.Labels(Output));

        var removed = await Leftovers.Remove(engine.Engine, Output, Token);

        Assert.Equal(["yoso-dead"], removed);
        var left = await engine.Engine.Client.Containers.ListContainersAsync(new ContainersListParameters { All = true }, Token);
        Assert.DoesNotContain(left, c => c.ID == dead);
        Assert.Contains(left, c => c.ID == alive);
        await ContainerRun.Remove(engine.Engine.Client, alive);
    }

    [Fact]
    public async Task Run_SaysWhatToInstall_WhenTheEngineHasNoGpuRuntime()
    {
        engine.SkipWithoutIt();
        var request = Runs.Request(Output, "lra/listops/none") with { Options = ["--scale", "smoke", "--device", "cuda", "--output", Output] };

        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => Executor(_console).RunJobs(request, Token));

        Assert.Equal(DockerErrors.NoGpuRuntime, problem.Message);
    }

    [Fact]
    public async Task Run_SaysHowToBuildIt_WhenTheImageIsMissing()
    {
        engine.SkipWithoutIt();
        var executor = new DockerExecutor(new DockerOptions { Endpoint = engine.Endpoint, Image = "yoso-nosuch", Assembly = Repository.Program }, new Resources(), Runs.Program, new Commands(_folder.FullName), Repository.Root, _console);

        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => executor.RunJobs(Runs.Request(Output, "lra/listops/none"), Token));

        Assert.Equal("the Docker engine has no image 'yoso-nosuch': build it with ./build.sh DockerImage --container-image yoso-nosuch, or docker pull or docker load it", problem.Message);
    }

    private DockerExecutor Executor(TextWriter console, string? user = "0:0", Resources? resources = null) => new(
        new DockerOptions { Endpoint = engine.Endpoint, Image = TestEngine.Image, Assembly = Repository.Program, User = user, Commit = "0123abc" },
        resources ?? new Resources(), Runs.Program, new Commands(_folder.FullName), Repository.Root, console);

    private async Task<string> Start(string name, Dictionary<string, string> labels)
    {
        var created = await engine.Engine.Client.Containers.CreateContainerAsync(new CreateContainerParameters { Name = name, Image = TestEngine.Image, Entrypoint = ["sleep", "600"], Labels = labels, HostConfig = new HostConfig { NetworkMode = "none" } }, Token);
        await engine.Engine.Client.Containers.StartContainerAsync(created.ID, new ContainerStartParameters(), Token);
        return created.ID;
    }

    private async Task<IList<ContainerListResponse>> Containers() => await engine.Engine.Client.Containers.ListContainersAsync(
        new ContainersListParameters { All = true, Filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [$"yoso.output={Output}"] = true } } }, Token);

    private async Task KillAll()
    {
        foreach (var container in await Containers())
        {
            await engine.Engine.Client.Containers.KillContainerAsync(container.ID, new ContainerKillParameters { Signal = "SIGKILL" }, Token);
        }
    }
}
