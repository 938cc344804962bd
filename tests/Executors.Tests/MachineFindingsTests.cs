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

        Assert.Equal(["docker", "slurm", "resources"], findings.Select(f => f.Name));
        Assert.StartsWith("no Docker engine answers at unix:///nowhere: start one", findings[0].Value, StringComparison.Ordinal);
        Assert.StartsWith("no Slurm here", findings[1].Value, StringComparison.Ordinal);
        Assert.Equal("no file: no limits", findings[2].Value);
    }

    [Fact]
    public async Task Find_NamesEngineAndImages_WhenTheyAreThere()
    {
        engine.SkipWithoutIt();
        await engine.Engine.Client.Images.TagImageAsync(TestEngine.Image, new Docker.DotNet.Models.ImageTagParameters { RepositoryName = "yoso-cpu", Tag = "latest" }, TestContext.Current.CancellationToken);

        var findings = await new MachineFindings(engine.Endpoint, Repository.Root, Path.Combine(Repository.Root, ".nuke", "resources.json"), new Absent()).Find(TestContext.Current.CancellationToken);

        Assert.Matches(@"^Docker \d.*, \d+ cores, \d+ GiB, no GPU runtime, at unix://", findings[0].Value);
        Assert.Matches(@"^sha256:[0-9a-f]{12}, \d+ MiB, up to date$", findings[1].Value);
        Assert.Equal("no such image (./build.sh DockerImage --device cuda builds it)", findings[2].Value);
        Assert.EndsWith("resources.json", findings[4].Value, StringComparison.Ordinal);
    }

    private sealed class Absent : ICommands
    {
        public CommandResult Run(string program, params string[] arguments) => new(CommandResult.Missing, "", $"{program}: not found");
    }
}
