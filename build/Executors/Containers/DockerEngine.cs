// SPDX-License-Identifier: MIT
using Docker.DotNet;
using Docker.DotNet.Models;

namespace Executors;

/// <summary>A connection to an engine that has answered.</summary>
internal sealed class DockerEngine : IDisposable
{
    private DockerEngine(IDockerClient client, string endpoint, SystemInfoResponse info) => (Client, Endpoint, Info) = (client, endpoint, info);

    public IDockerClient Client { get; }

    public string Endpoint { get; }

    public SystemInfoResponse Info { get; }

    /// <summary>GPUs by <c>--gpus</c> need the NVIDIA runtime beside the engine's own.</summary>
    public bool HasGpuRuntime => Info.Runtimes?.Keys.Any(r => r.StartsWith("nvidia", StringComparison.Ordinal)) == true;

    public string Description => $"Docker {Info.ServerVersion}, {Info.NCPU} cores, {Info.MemTotal >> 30} GiB, {(HasGpuRuntime ? "GPU runtime" : "no GPU runtime")}";

    /// <summary>DOCKER_HOST, else the engine's usual socket.</summary>
    public static string UsualEndpoint => Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } host ? host
        : OperatingSystem.IsWindows() ? "npipe://./pipe/docker_engine" : "unix:///var/run/docker.sock";

    /// <summary>Throws <see cref="ExecutorFailure"/> with the reason when no engine answers.</summary>
    public static async Task<DockerEngine> Connect(string endpoint, CancellationToken cancellationToken)
    {
        IDockerClient? client = null;
        try
        {
            client = new DockerClientBuilder().WithEndpoint(new Uri(endpoint)).Build();
            return new DockerEngine(client, endpoint, await client.System.GetSystemInfoAsync(cancellationToken));
        }
        catch (Exception e) when (e is UriFormatException or NotSupportedException)
        {
            throw new ExecutorFailure($"DOCKER_HOST '{endpoint}' is not an address like unix:///var/run/docker.sock or tcp://host:2375", e);
        }
        catch (Exception e) when (DockerErrors.IsDocker(e))
        {
            client?.Dispose();
            throw DockerErrors.Failure(e, endpoint);
        }
    }

    /// <summary>Runs calls to the engine; what goes wrong becomes one line.</summary>
    public async Task<T> Guard<T>(Func<IDockerClient, Task<T>> calls)
    {
        try
        {
            return await calls(Client);
        }
        catch (Exception e) when (DockerErrors.IsDocker(e))
        {
            throw DockerErrors.Failure(e, Endpoint);
        }
    }

    /// <summary>The command that makes an image, for those who lack it.</summary>
    /// <param name="own">A name that the user gave, null for the usual one.</param>
    public static string HowToBuild(string device, string? own)
        => $"./build.sh DockerImage{(own is null ? "" : $" --container-image {own}")}{(device == "cuda" ? " --device cuda" : "")}";

    /// <summary>Null when the image is not in the engine.</summary>
    public Task<ImageInspectResponse?> FindImage(string image, CancellationToken cancellationToken) => Guard<ImageInspectResponse?>(async client =>
    {
        try
        {
            return await client.Images.InspectImageAsync(image, cancellationToken);
        }
        catch (DockerImageNotFoundException)
        {
            return null;
        }
    });

    public void Dispose() => Client.Dispose();
}
