// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>What Doctor says of engines and clusters: a name and a line each, in which a problem comes with what to do.</summary>
internal sealed class MachineFindings(string endpoint, string root, string resourcesFile, ICommands commands)
{
    public async Task<IReadOnlyList<(string Name, string Value)>> Find(CancellationToken cancellationToken)
    {
        var problem = File.Exists(resourcesFile) ? Resources.Problem(resourcesFile) : null;
        var resources = problem is null && File.Exists(resourcesFile) ? Resources.Load(resourcesFile) : new Resources();
        return [.. await Docker(cancellationToken), ("slurm", Slurm(resources)), ("cluster image", ClusterImage(resources.Slurm.Container)), ("resources", problem ?? (File.Exists(resourcesFile) ? resourcesFile : "no file: no limits"))];
    }

    private async Task<IReadOnlyList<(string, string)>> Docker(CancellationToken cancellationToken)
    {
        try
        {
            using var engine = await DockerEngine.Connect(endpoint, cancellationToken);
            var lines = new List<(string, string)>
            {
                ("docker", $"Docker {engine.Info.ServerVersion}, {engine.Info.NCPU} cores, {engine.Info.MemTotal >> 30} GiB, at {engine.Endpoint}"),
                ("docker gpu", engine.HasGpuRuntime ? "the engine has a GPU runtime" : DockerErrors.NoGpuRuntime),
            };
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
            return $"no such image ({DockerEngine.HowToBuild(device, null)} builds it)";
        }

        var state = new ImageBuild(engine, root, null, _ => { }).IsStale(image, device) ? $"built from other files than this checkout's: {DockerEngine.HowToBuild(device, null)}" : "up to date";
        return $"{image.ID[..Math.Min(19, image.ID.Length)]}, {image.Size >> 20} MiB, {state}";
    }

    private string Slurm(Resources resources)
    {
        try
        {
            var queue = new SlurmQueue(commands);
            var description = queue.Describe();
            var partitions = queue.Partitions();
            var unknown = resources.Jobs.Values.Prepend(resources.Defaults).Select(j => j.Partition).OfType<string>().FirstOrDefault(p => p.Split(',').Any(n => n.Length > 0 && !partitions.Contains(n)));
            return unknown is null ? description : $"{description}; the resources file asks for partition '{unknown}', which is not there";
        }
        catch (ExecutorFailure e)
        {
            return e.Message;
        }
    }

    /// <summary>The container of cluster jobs, as far as this machine can tell; the nodes are like the login node on most clusters.</summary>
    private string ClusterImage(ContainerSettings? container)
    {
        var version = commands.Run("apptainer", "--version");
        var apptainer = version.ExitCode == 0 ? version.Output.Trim() : "no apptainer in the PATH";
        return container switch
        {
            null => $"none is asked for (slurm.container of the resources file); {apptainer}",
            { Kind: "pyxis" } => commands.Run("srun", "--help").Output.Contains("--container-image", StringComparison.Ordinal) ? $"{container.Image}, by Pyxis" : "the resources file asks for Pyxis, but srun here has no --container-image: ask the cluster's staff",
            _ when version.ExitCode != 0 => $"the resources file asks for Apptainer, but there is {apptainer}: e.g. a line 'module load apptainer' in slurm.setup",
            _ when container.Image.EndsWith(".sif", StringComparison.Ordinal) && !File.Exists(container.Image) => $"no file '{container.Image}' (slurm.container.image of the resources file; docs/cluster.md tells how to make it)",
            _ => $"{container.Image}, by {apptainer}",
        };
    }
}
