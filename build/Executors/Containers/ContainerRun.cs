// SPDX-License-Identifier: MIT
using System.Globalization;
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Executors;

/// <summary>A folder of this machine inside a container.</summary>
internal sealed record Folder(string Source, string Target, bool ReadOnly);

/// <summary>One container, from its image to its limits.</summary>
internal sealed record ContainerSpec
{
    public required string Name { get; init; }
    public required string Image { get; init; }
    public required string[] Command { get; init; }

    /// <summary>Null leaves the image's.</summary>
    public string[]? Entrypoint { get; init; }
    public required IReadOnlyList<Folder> Folders { get; init; }
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>uid:gid, null leaves the image's.</summary>
    public string? User { get; init; }

    /// <summary>Cores, 0: no limit.</summary>
    public double Cpus { get; init; }

    /// <summary>Bytes, 0: no limit.</summary>
    public long Memory { get; init; }

    /// <summary>Bytes of /dev/shm, 0: the engine's default.</summary>
    public long Shm { get; init; }

    /// <summary>Device numbers, null: no GPU.</summary>
    public IReadOnlyList<string>? Gpus { get; init; }
}

/// <summary>How a container ended.</summary>
/// <param name="Stopped">Because the caller asked.</param>
internal sealed record ContainerResult(long ExitCode, bool OutOfMemory, bool Stopped, string? EngineError);

/// <summary>The life of one container: created, started, its lines shown, waited for, removed whatever happens.</summary>
internal sealed class ContainerRun(IDockerClient client, ContainerSpec spec, Action<string> show)
{
    /// <summary>How long a job may take to write its checkpoint when it is asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(60);

    public async Task<ContainerResult> Run(CancellationToken cancellationToken)
    {
        var created = await client.Containers.CreateContainerAsync(Parameters(), cancellationToken);
        try
        {
            await client.Containers.StartContainerAsync(created.ID, new ContainerStartParameters(), cancellationToken);
            return await Attend(created.ID, cancellationToken);
        }
        finally
        {
            await Remove(client, created.ID);
        }
    }

    /// <summary>Kills it where it runs. One that is gone already is no error.</summary>
    public static async Task Remove(IDockerClient client, string id)
    {
        try
        {
            await client.Containers.RemoveContainerAsync(id, new ContainerRemoveParameters { Force = true, RemoveVolumes = true }, CancellationToken.None);
        }
        catch (DockerApiException e) when (e.StatusCode is System.Net.HttpStatusCode.NotFound or System.Net.HttpStatusCode.Conflict)
        {
            // Conflict: its removal is under way.
        }
    }

    private async Task<ContainerResult> Attend(string id, CancellationToken cancellationToken)
    {
        var log = new ContainerLog(client.Containers, id, show);
        var following = log.Follow(CancellationToken.None);
        var ended = client.Containers.WaitContainerAsync(id, CancellationToken.None);
        var stopped = false;
        if (await Task.WhenAny(ended, Cancelled(cancellationToken)) != ended)
        {
            stopped = true;
            await Kill(id, "SIGTERM");
            if (await Task.WhenAny(ended, Task.Delay(Grace, CancellationToken.None)) != ended)
            {
                await Kill(id, "SIGKILL");
            }
        }

        await ended;
        // The end of the stream may lag behind the end of the container; what it does not bring is read below.
        await Task.WhenAny(following, Task.Delay(TimeSpan.FromSeconds(5), CancellationToken.None));
        var state = (await client.Containers.InspectContainerAsync(id, CancellationToken.None)).State!;
        await log.Complete(CancellationToken.None);
        return new ContainerResult(state.ExitCode, state.OOMKilled, stopped, string.IsNullOrEmpty(state.Error) ? null : state.Error);
    }

    private static Task Cancelled(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task Kill(string id, string signal)
    {
        try
        {
            await client.Containers.KillContainerAsync(id, new ContainerKillParameters { Signal = signal }, CancellationToken.None);
        }
        catch (DockerApiException e) when (e.StatusCode is System.Net.HttpStatusCode.Conflict or System.Net.HttpStatusCode.NotFound)
        {
            // It has just ended by itself.
        }
    }

    private CreateContainerParameters Parameters() => new()
    {
        Name = spec.Name,
        Image = spec.Image,
        Entrypoint = spec.Entrypoint!, // null is the image's own; the package's annotation knows no null
        Cmd = spec.Command,
        User = spec.User ?? "",
        Env = [.. spec.Environment.Select(v => $"{v.Key}={v.Value}")],
        Labels = spec.Labels.ToDictionary(),
        HostConfig = new HostConfig
        {
            Mounts = [.. spec.Folders.Select(f => new Mount { Type = "bind", Source = f.Source, Target = f.Target, ReadOnly = f.ReadOnly })],
            // A job reads its data and writes its folder; it needs no network, no capability and no other place to write.
            NetworkMode = "none",
            CapDrop = ["ALL"],
            SecurityOpt = ["no-new-privileges"],
            ReadonlyRootfs = true,
            // exec: libLibTorchSharp.so is loaded from here (src/Yoso.Models/Native/TorchNative.cs).
            Tmpfs = new Dictionary<string, string> { ["/tmp"] = "rw,exec,nosuid,nodev,mode=1777" },
            NanoCPUs = (long)(spec.Cpus * 1e9),
            Memory = spec.Memory,
            // The same value: no swap, or a job would crawl instead of failing.
            MemorySwap = spec.Memory,
            ShmSize = spec.Shm,
            // Whatever the engine's default driver is, this one can be read back.
            LogConfig = new LogConfig { Type = "json-file", Config = new Dictionary<string, string>() },
            DeviceRequests = spec.Gpus is { } gpus ? [new DeviceRequest { Driver = "", DeviceIDs = [.. gpus], Capabilities = [["gpu"]] }] : [],
        },
    };

    /// <summary>A name that says what runs, as docker ps shows it.</summary>
    public static string NameOf(PlannedRun run) => string.Create(CultureInfo.InvariantCulture, $"yoso-{run.Job.Replace('/', '-')}-s{run.Seed}-{Random.Shared.Next(0x1000000):x6}");
}
