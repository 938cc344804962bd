// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using Docker.DotNet.Models;
using Executors;

namespace ExecutorsTests;

/// <summary>
/// A private Docker engine with its own socket, data, bridge and process file under a temporary folder, a base image made without a
/// registry, and the project's CPU image built on it. Everything is stopped and deleted at the end.
/// </summary>
public sealed class TestEngine : IAsyncLifetime
{
    /// <summary>Debian's NVRTC, of its non-free part.</summary>
    internal const string KernelCompiler = "/usr/lib/x86_64-linux-gnu/libnvrtc.so.11.2";

    internal const string BaseName = "yoso-tests/base:1";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-docker-");
    private string _bridge = "";

    /// <summary>Why there is none; the tests are skipped with it.</summary>
    public string? Obstacle => DebianRoot.Obstacle;

    internal void SkipWithoutIt() => Assert.SkipWhen(Obstacle is not null, Obstacle ?? "");

    internal string Endpoint => $"unix://{_folder.FullName}/docker.sock";

    internal DockerEngine Engine { get; private set; } = null!;

    internal static string Image => "yoso-tests/cpu:1";

    internal List<string> BuildLines { get; } = [];

    internal string ImageId { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        if (Obstacle is not null)
        {
            return;
        }

        DebianRoot.Install("docker.io", "mmdebstrap", "iproute2");
        if (!File.Exists(KernelCompiler))
        {
            DebianRoot.InstallNonFree("libnvrtc11.2"); // the base image takes it over, and the CUDA image compiles with it
        }

        Start();
        Engine = await DockerEngine.Connect(Endpoint, CancellationToken.None);
        await ImportBase();
        ImageId = await new ImageBuild(Engine, Repository.Root, Repository.Program, BuildLines.Add).Run("cpu", Image, BaseName, CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        Engine?.Dispose();
        if (Shell.ReadPid(Path.Combine(_folder.FullName, "dockerd.pid")) is { } pid)
        {
            Shell.Stop(pid);
        }

        if (_bridge.Length > 0)
        {
            Shell.Try($"umount {_folder.FullName}/exec/netns/default; ip link del {_bridge}");
        }

        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Start()
    {
        // A second engine without a bridge of its own would delete the bridge of the first.
        _bridge = $"yoso{Environment.ProcessId % 100000}";
        var f = _folder.FullName;
        Shell.Run($"ip link add {_bridge} type bridge && ip addr add 172.30.98.1/24 dev {_bridge} && ip link set {_bridge} up");
        Shell.Run($"setsid dockerd --host unix://{f}/docker.sock --data-root {f}/data --exec-root {f}/exec --pidfile {f}/dockerd.pid --bridge {_bridge} --iptables=false --ip6tables=false --log-level warn --group root >{f}/log 2>&1 </dev/null &");
        for (var i = 0; i < 300 && !File.Exists($"{f}/docker.sock"); i++)
        {
            Thread.Sleep(100);
        }

        if (!File.Exists($"{f}/docker.sock"))
        {
            throw new InvalidOperationException($"dockerd does not start: {File.ReadAllText($"{f}/log")}");
        }
    }

    /// <summary>What a registry would give, made from what is here, as docs/containers.md tells.</summary>
    private async Task ImportBase()
    {
        var tar = Path.Combine(_folder.FullName, "base.tar");
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        Shell.Run($"PATH={dotnet}:$PATH {Repository.Root}/docker/base-image.sh {tar}");
        await using var stream = File.OpenRead(tar);
        await Engine.Client.Images.CreateImageAsync(
            new ImagesCreateParameters { FromSrc = "-", Repo = BaseName.Split(':')[0], Tag = BaseName.Split(':')[1] }, stream, new AuthConfig(), new Ignore(), CancellationToken.None);
        File.Delete(tar);
    }

    private sealed class Ignore : IProgress<JSONMessage>
    {
        public void Report(JSONMessage value)
        {
            if (value.Error is { } error)
            {
                throw new InvalidOperationException(error.Message);
            }
        }
    }
}
