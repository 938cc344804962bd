// SPDX-License-Identifier: MIT
using Executors;
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target DockerImage => _ => _
        .Description("Builds the container image: yoso-cpu, or yoso-cuda")
        .DependsOn(CompileProgram)
        .Executes(() =>
        {
            using var interrupts = new Interrupts();
            BuildImage(interrupts.Token).GetAwaiter().GetResult();
        });

    /// <summary>Null: the usual one of the device.</summary>
    string? ImageName => ContainerImage is null or "auto" ? null : ContainerImage;

    /// <summary>cuda where it is asked for, or where build.sh found a GPU.</summary>
    string DeviceClass => Device == "auto" ? TorchBackend : Device;

    DockerOptions DockerOptions => new() { Endpoint = DockerEngine.UsualEndpoint, Image = ImageName, Assembly = ProgramFile!, Commit = Commit };

    static string? Commit => CommandsHere.Run("git", "rev-parse", "HEAD") is { ExitCode: 0 } head
        ? head.Output.Trim() + (CommandsHere.Run("git", "status", "--porcelain", "--untracked-files=no").Output.Trim().Length > 0 ? "+" : "")
        : null;

    async Task BuildImage(CancellationToken cancellationToken)
    {
        using var engine = await DockerEngine.Connect(DockerEngine.UsualEndpoint, cancellationToken);
        var name = ImageName ?? ImageBuild.Name(DeviceClass);
        var id = await new ImageBuild(engine, RootDirectory, ProgramFile, Console.WriteLine).Run(DeviceClass, name, BaseImage, cancellationToken);
        Console.WriteLine($"image {name} {id}");
    }

    /// <summary>Why jobs cannot run in containers here, null when they can.</summary>
    string? DockerProblem()
    {
        try
        {
            using var engine = DockerEngine.Connect(DockerEngine.UsualEndpoint, CancellationToken.None).GetAwaiter().GetResult();
            var name = ImageName ?? ImageBuild.Name(DeviceClass);
            return engine.FindImage(name, CancellationToken.None).GetAwaiter().GetResult() is null ? $"the engine has no image '{name}' ({DockerEngine.HowToBuild(DeviceClass, ImageName)} builds it)"
                : DeviceClass == "cuda" && !engine.HasGpuRuntime ? DockerErrors.NoGpuRuntime : null;
        }
        catch (ExecutorFailure e)
        {
            return e.Message;
        }
    }
}
