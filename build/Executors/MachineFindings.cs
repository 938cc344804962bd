// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>What Doctor says of engines and clusters: a name and a line each, in which a problem comes with what to do.</summary>
internal sealed class MachineFindings(string endpoint, string root, string resourcesFile, ICommands commands)
{
    public async Task<IReadOnlyList<(string Name, string Value)>> Find(CancellationToken cancellationToken)
        => [.. await Docker(cancellationToken), ("slurm", Slurm()), ("resources", Settings())];

    private async Task<IReadOnlyList<(string, string)>> Docker(CancellationToken cancellationToken)
    {
        try
        {
            using var engine = await DockerEngine.Connect(endpoint, cancellationToken);
            var lines = new List<(string, string)> { ("docker", $"{engine.Description}, at {engine.Endpoint}") };
            foreach (var device in (string[])["cpu", "cuda"])
            {
                lines.Add((ImageBuild.Name(device), await Image(engine, device, cancellationToken)));
            }

            return lines;
        }
        catch (ExecutorFailure e)
        {
            return [("docker", e.Message)];
        }
    }

    private async Task<string> Image(DockerEngine engine, string device, CancellationToken cancellationToken)
    {
        if (await engine.FindImage(ImageBuild.Name(device), cancellationToken) is not { } image)
        {
            return $"no such image (./build.sh DockerImage{(device == "cuda" ? " --device cuda" : "")} builds it)";
        }

        var state = new ImageBuild(engine, root, null, _ => { }).IsStale(image, device) ? "built from other files than this checkout's: ./build.sh DockerImage" : "up to date";
        var gpu = device == "cuda" && !engine.HasGpuRuntime ? $"; {DockerErrors.NoGpuRuntime}" : "";
        return $"{image.ID[..Math.Min(19, image.ID.Length)]}, {image.Size >> 20} MiB, {state}{gpu}";
    }

    private string Slurm()
    {
        try
        {
            return new SlurmQueue(commands).Describe();
        }
        catch (ExecutorFailure e)
        {
            return e.Message;
        }
    }

    private string Settings() => !File.Exists(resourcesFile) ? "no file: no limits" : Resources.Problem(resourcesFile) ?? resourcesFile;
}
