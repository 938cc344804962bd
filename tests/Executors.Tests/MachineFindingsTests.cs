// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

[Collection<EngineTests>]
public sealed class MachineFindingsTests(TestEngine engine)
{
    [Fact]
    public async Task Find_SaysWhatToDo_WhenNothingIsThere()
    {
        var findings = await new MachineFindings("unix:///nowhere", Repository.Root, "/nowhere.json", new Absent()).Find(TestContext.Current.CancellationToken);

        Assert.Equal(["docker", "slurm", "cluster image", "resources"], findings.Select(f => f.Name));
        Assert.StartsWith("no Docker engine answers at unix:///nowhere: start one", findings[0].Value, StringComparison.Ordinal);
        Assert.StartsWith("no Slurm here", findings[1].Value, StringComparison.Ordinal);
        Assert.StartsWith("none is asked for", findings[2].Value, StringComparison.Ordinal);
        Assert.Equal("no file: no limits", findings[3].Value);
    }

    [Fact]
    public async Task Find_NamesEngineAndImages_WhenTheyAreThere()
    {
        engine.SkipWithoutIt();
        await engine.Engine.Client.Images.TagImageAsync(TestEngine.Image, new Docker.DotNet.Models.ImageTagParameters { RepositoryName = "yoso-cpu", Tag = "latest" }, TestContext.Current.CancellationToken);

        var findings = await new MachineFindings(engine.Endpoint, Repository.Root, Path.Combine(Repository.Root, ".nuke", "resources.json"), new Absent()).Find(TestContext.Current.CancellationToken);

        Assert.Matches(@"^Docker \d.*, \d+ cores, \d+ GiB, at unix://", findings[0].Value);
        Assert.Equal(("docker gpu", DockerErrors.NoGpuRuntime), findings[1]);
        Assert.Matches(@"^sha256:[0-9a-f]{12}, \d+ MiB, up to date$", findings[2].Value);
        Assert.Equal("no such image (./build.sh DockerImage --device cuda builds it)", findings[3].Value);
        Assert.EndsWith("resources.json", findings[^1].Value, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "slurm": { "container": { "image": "x.sif" } } }""", "", "", "the resources file asks for Apptainer, but there is no apptainer in the PATH: e.g. a line 'module load apptainer' in slurm.setup")]
    [InlineData("""{ "slurm": { "container": { "image": "/nowhere/x.sif" } } }""", "apptainer version 1.4.5", "", "no file '/nowhere/x.sif' (slurm.container.image of the resources file; docs/cluster.md tells how to make it)")]
    [InlineData("""{ "slurm": { "container": { "image": "library://x" } } }""", "apptainer version 1.4.5", "", "library://x, by apptainer version 1.4.5")]
    [InlineData("""{ "slurm": { "container": { "kind": "pyxis", "image": "x" } } }""", "", "--help", "the resources file asks for Pyxis, but srun here has no --container-image: ask the cluster's staff")]
    [InlineData("""{ "slurm": { "container": { "kind": "pyxis", "image": "x" } } }""", "", "--container-image=[USER@]", "x, by Pyxis")]
    public async Task Find_SaysWhetherTheClustersContainersWork(string settings, string apptainer, string srun, string line)
    {
        var findings = await Of(settings, new Scripted { ["apptainer --version"] = apptainer, ["srun --help"] = srun });

        Assert.Equal(line, findings["cluster image"]);
    }

    [Fact]
    public async Task Find_NamesThePartition_WhenTheResourcesAskForOneThatIsNotThere()
    {
        var findings = await Of("""{ "defaults": { "partition": "main" }, "jobs": { "lra": { "partition": "main,gpu" } } }""", new Scripted { ["sinfo --version"] = "slurm-wlm 22.05.8", ["sinfo -h -o %R"] = "main\nshort", ["sinfo -h -o %R (%D nodes, %a)"] = "main (2 nodes, up)" });

        Assert.Equal("slurm-wlm 22.05.8, partitions main (2 nodes, up); the resources file asks for partition 'main,gpu', which is not there", findings["slurm"]);
    }

    private static async Task<Dictionary<string, string>> Of(string settings, ICommands commands)
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, settings);
        var findings = await new MachineFindings("unix:///nowhere", Repository.Root, file, commands).Find(TestContext.Current.CancellationToken);
        File.Delete(file);
        return findings.ToDictionary(f => f.Name, f => f.Value);
    }

    /// <summary>Commands that answer; an empty answer stands for a program that is not there.</summary>
    private sealed class Scripted : Dictionary<string, string>, ICommands
    {
        public CommandResult Run(string program, params string[] arguments)
            => this.GetValueOrDefault($"{program} {string.Join(' ', arguments)}", "") is { Length: > 0 } answer ? new(0, answer, "") : new(CommandResult.Missing, "", $"{program}: not found");
    }

    private sealed class Absent : ICommands
    {
        public CommandResult Run(string program, params string[] arguments) => new(CommandResult.Missing, "", $"{program}: not found");
    }
}
