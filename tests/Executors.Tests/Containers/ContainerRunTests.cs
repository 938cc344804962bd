// SPDX-License-Identifier: MIT
using Docker.DotNet;
using Executors;

namespace ExecutorsTests;

[Collection<EngineTests>]
public sealed class ContainerRunTests(TestEngine engine)
{
    private readonly List<string> _lines = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Log_HasItsLastLine_WhenThatHasNoNewline()
    {
        engine.SkipWithoutIt();
        for (var i = 0; i < 8; i++)
        {
            _lines.Clear();

            var result = await Run($"for n in 1 2 3; do echo line $n; done; printf 'no newline é {i}'; exit {i}");

            Assert.Equal(["line 1", "line 2", "line 3", $"no newline é {i}"], _lines);
            Assert.Equal(i, result.ExitCode);
        }
    }

    [Fact]
    public async Task Log_IsWholeAndInOrder_WhenItIsLongAndOnBothStreams()
    {
        engine.SkipWithoutIt();

        await Run("i=0; while [ $i -lt 20000 ]; do i=$((i+1)); echo $i; done; echo error >&2; head -c 300000 /dev/zero | tr '\\0' x; printf end");

        Assert.Equal(Enumerable.Range(1, 20000).Select(i => $"{i}").Append(new string('x', 300000) + "end"), _lines.Where(l => l != "error"));
        Assert.Contains("error", _lines);
    }

    [Fact]
    public async Task Container_HasItsLimitsAndNothingElse_WhenItLooks()
    {
        engine.SkipWithoutIt();
        var folder = Directory.CreateTempSubdirectory("yoso-mounts-");
        var spec = Spec("id -u; id -g; df -B1 --output=size /dev/shm | tail -1; cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; "
            + "touch /mnt/ro/file || echo read-only; touch /file || echo no root; grep CapEff /proc/self/status; ls /sys/class/net; nproc >/dev/null; echo $NAME") with
        {
            User = "1234:5678", Memory = 256 << 20, Shm = 32 << 20, Cpus = 1, Environment = new Dictionary<string, string> { ["NAME"] = "value" },
            Folders = [new(folder.FullName, "/mnt/ro", ReadOnly: true)],
        };

        await new ContainerRun(engine.Engine.Client, spec, _lines.Add).Run(Token);

        Assert.Equal(
            ["1234", "5678", "33554432", "268435456", "read-only", "no root", "CapEff:\t0000000000000000", "lo", "value"],
            _lines.Select(l => l.Trim()).Where(l => !l.StartsWith("touch: ", StringComparison.Ordinal)));
        folder.Delete();
    }

    [Fact]
    public async Task Run_KillsAndRemoves_WhenTheContainerDoesNotEndByItself()
    {
        engine.SkipWithoutIt();
        using var stop = new CancellationTokenSource();
        var spec = Spec("trap '' TERM; echo waiting; while :; do sleep 0.1; done");
        var run = new ContainerRun(engine.Engine.Client, spec, _ => stop.Cancel()) { Grace = TimeSpan.FromMilliseconds(300) };

        var result = await run.Run(stop.Token);

        Assert.Equal((137, true), (result.ExitCode, result.Stopped));
        await Assert.ThrowsAsync<DockerContainerNotFoundException>(() => engine.Engine.Client.Containers.InspectContainerAsync(spec.Name, Token));
    }

    [Fact]
    public async Task Run_SaysThatThereIsNoGpuRuntime_WhenTheEngineRefusesOne()
    {
        engine.SkipWithoutIt();
        var run = new ContainerRun(engine.Engine.Client, Spec("true") with { Gpus = ["0"] }, _lines.Add);

        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => engine.Engine.Guard(_ => run.Run(Token)));

        Assert.Equal(DockerErrors.NoGpuRuntime, problem.Message);
    }

    private Task<ContainerResult> Run(string script) => new ContainerRun(engine.Engine.Client, Spec(script), _lines.Add).Run(Token);

    private static ContainerSpec Spec(string script) => new() { Name = $"yoso-test-{Guid.NewGuid():n}", Image = TestEngine.Image, Entrypoint = ["bash", "-c"], Command = [script], Folders = [] };
}
