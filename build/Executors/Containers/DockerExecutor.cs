// SPDX-License-Identifier: MIT
using Docker.DotNet.Models;

namespace Executors;

/// <summary>What the Docker executor is told once.</summary>
internal sealed record DockerOptions
{
    /// <summary>Address of the engine.</summary>
    public required string Endpoint { get; init; }

    /// <summary>Null: yoso-cpu or yoso-cuda, as the jobs' device asks for.</summary>
    public string? Image { get; init; }

    /// <summary>yoso.dll of this checkout.</summary>
    public required string Assembly { get; init; }

    /// <summary>uid:gid inside the container.</summary>
    public string? User { get; init; } = CallerId.UserAndGroup;

    /// <summary>Commit of the checkout, with "+" behind it when files differ: a container has no git.</summary>
    public string? Commit { get; init; }

    /// <summary>How long a job may take to write its checkpoint when it is asked to stop.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>Runs each job in a container of its own.</summary>
internal sealed class DockerExecutor(DockerOptions options, Resources resources, IProgram program, ICommands commands, string root, TextWriter console) : IExecutor
{
    private readonly Dictionary<string, string> _lastLines = [];

    private const string ProgramFolder = "/yoso/program", LibTorchFolder = "/yoso/libtorch";

    /// <summary>Settings of the allocator and of OpenMP that build.sh makes for every job.</summary>
    private static readonly string[] PassedOn = ["MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"];

    public void Run(JobRequest request, CancellationToken cancellationToken) => JobResults.Conclude(RunJobs(request, cancellationToken).GetAwaiter().GetResult(), request.Output, console);

    internal async Task<IReadOnlyList<JobResult>> RunJobs(JobRequest request, CancellationToken cancellationToken)
    {
        using var engine = await DockerEngine.Connect(options.Endpoint, cancellationToken);
        var plan = program.Plan(request);
        var device = plan.Count > 0 ? plan[0].Device : "cpu";
        var gpus = device == "cuda" ? new GpuPool(Gpus(engine)) : null;
        var image = await Image(engine, device, cancellationToken);
        foreach (var name in await Leftovers.Remove(engine, request.Output, cancellationToken))
        {
            Say($"removed container {name}: the build that started it is gone");
        }

        foreach (var task in plan.Where(r => r is { IsOpen: true, Key: null, Action: "run" }).Select(r => r.Task).Distinct())
        {
            program.PrepareData(task, request); // a container sees the data read-only
        }

        var snapshot = ProgramSnapshot.Publish(options.Assembly, request.Output);
        Directory.CreateDirectory(Path.Combine(request.Output, "data"));
        var slots = Math.Clamp(request.Slots > 0 ? request.Slots : Math.Max(1, Environment.ProcessorCount / 2), 1, Math.Max(1, plan.Count(r => r.IsOpen)));
        using var free = new SemaphoreSlim(slots);
        var started = new Dictionary<string, Task<JobResult>>();
        foreach (var run in plan) // a needed job comes before those that need it
        {
            var needs = (run.Needs ?? []).Where(started.ContainsKey).Select(n => started[n]).ToArray();
            started[run.Id] = !run.IsOpen ? Settled(run) : RunAfter(needs, run, free, gpus, () => Spec(request, snapshot, image, run, slots), engine, cancellationToken);
        }

        return await Task.WhenAll(started.Values);
    }

    private Task<JobResult> Settled(PlannedRun run)
    {
        var result = JobResults.Settled(run);
        Say($"{run.Title}  {result.Outcome}: {run.Reason}");
        return Task.FromResult(result);
    }

    private async Task<ImageInspectResponse> Image(DockerEngine engine, string device, CancellationToken cancellationToken)
    {
        var name = options.Image ?? ImageBuild.Name(device);
        var image = await engine.FindImage(name, cancellationToken)
            ?? throw new ExecutorFailure($"the Docker engine has no image '{name}': build it with {DockerEngine.HowToBuild(device, options.Image)}, or docker pull or docker load it");
        if (new ImageBuild(engine, root, options.Assembly, Say).IsStale(image, device))
        {
            Say($"image {name} was built from another Dockerfile than this checkout's: {DockerEngine.HowToBuild(device, options.Image)} builds it anew");
        }

        Say($"image {name} {image.ID[..Math.Min(19, image.ID.Length)]}, {engine.Description}");
        return image;
    }

    private IReadOnlyList<string> Gpus(DockerEngine engine)
    {
        if (!engine.HasGpuRuntime)
        {
            throw new ExecutorFailure(DockerErrors.NoGpuRuntime);
        }

        return GpuPool.Here(commands) is { Count: > 0 } devices ? devices : throw new ExecutorFailure("nvidia-smi finds no GPU on this machine: --device cpu runs without one");
    }

    private async Task<JobResult> RunAfter(Task<JobResult>[] needs, PlannedRun run, SemaphoreSlim free, GpuPool? gpus, Func<ContainerSpec> spec, DockerEngine engine, CancellationToken cancellationToken)
    {
        IReadOnlyList<string>? devices = null;
        var entered = false;
        try
        {
            if ((await Task.WhenAll(needs)).FirstOrDefault(n => n.Outcome == "failed") is { } failed)
            {
                return Ended(run, "failed", $"{failed.Run.Title} failed, which it needs");
            }

            await free.WaitAsync(cancellationToken);
            entered = true;
            devices = gpus is null ? null : await gpus.Take(Math.Max(1, resources.For(run).Gpus ?? 1), cancellationToken);
            var container = new ContainerRun(engine.Client, spec() with { Gpus = devices }, line => Show(run, line)) { Grace = options.Grace };
            return Ended(run, await engine.Guard(_ => container.Run(cancellationToken)));
        }
        catch (OperationCanceledException)
        {
            return Ended(run, "stopped", "not started");
        }
        catch (ExecutorFailure e)
        {
            return Ended(run, "failed", e.Message);
        }
        finally
        {
            if (devices is not null)
            {
                gpus!.Return(devices);
            }

            if (entered)
            {
                free.Release();
            }
        }
    }

    private ContainerSpec Spec(JobRequest request, ProgramSnapshot snapshot, ImageInspectResponse image, PlannedRun run, int slots)
    {
        var limits = resources.For(run);
        var folders = new List<Folder>
        {
            new(snapshot.Folder, ProgramFolder, ReadOnly: true),
            // Under the paths they have here, so that those in logs and failure notes are right on both sides.
            new(request.Output, request.Output, ReadOnly: false),
            new(Path.Combine(request.Output, "data"), Path.Combine(request.Output, "data"), ReadOnly: true),
        };
        var environment = new Dictionary<string, string> { ["HOME"] = "/tmp", ["XDG_CACHE_HOME"] = "/tmp/cache", ["DOTNET_EnableDiagnostics"] = "0", ["YOSO_IMAGE"] = $"{options.Image ?? ImageBuild.Name(run.Device)}@{Digest(image)}" };
        if (snapshot.LibTorch is { } libTorch)
        {
            folders.Add(new(libTorch, LibTorchFolder, ReadOnly: true));
            environment["YOSO_LIBTORCH"] = LibTorchFolder;
        }

        if (request.DataMirror is { } mirror && Directory.Exists(mirror))
        {
            folders.Add(new(mirror, mirror, ReadOnly: true));
        }

        if (options.Commit is { } commit)
        {
            environment["YOSO_COMMIT"] = commit;
        }

        foreach (var name in PassedOn)
        {
            if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            {
                environment[name] = value;
            }
        }

        return new ContainerSpec
        {
            Name = ContainerRun.NameOf(run),
            Image = image.ID,
            Entrypoint = ["dotnet", $"{ProgramFolder}/{Path.GetFileName(snapshot.Assembly)}"],
            Command = RunArguments.Of(run, request),
            Folders = folders,
            Environment = environment,
            Labels = Leftovers.Labels(request.Output),
            User = options.User,
            Cpus = limits.Cpus is > 0 and var cpus ? cpus : Math.Max(1, Environment.ProcessorCount / slots),
            Memory = limits.MemoryBytes,
            Shm = limits.ShmBytes,
        };
    }

    /// <summary>What a registry knows the image by, else its id: that of its content.</summary>
    private static string Digest(ImageInspectResponse image) => image.RepoDigests is { Count: > 0 } digests ? digests[0].Split('@')[^1] : image.ID;

    private JobResult Ended(PlannedRun run, ContainerResult result) => result switch
    {
        { OutOfMemory: true } => Ended(run, "failed", $"out of memory: the container's limit is {resources.For(run).Memory ?? "that of the machine"} (memory in the resources file)"),
        { Stopped: true, ExitCode: 130 } => new JobResult(run, "stopped", null), // it has said so
        { Stopped: true } => Ended(run, "stopped", "killed, as it did not end by itself: the last checkpoint stands"),
        { ExitCode: 0 } => Ended(run, "finished", null),
        { EngineError: { } error } => Ended(run, "failed", DockerErrors.Known(error) ?? error),
        { ExitCode: 130 } => Ended(run, "stopped", null),
        { ExitCode: 137 } => Ended(run, "failed", "killed (signal 9), by somebody's docker kill or by the system"),
        { ExitCode: 1 } => new JobResult(run, "failed", Why(run, 1)) { IsReasonOfProgram = true }, // its log has said so
        _ => Ended(run, "failed", Why(run, result.ExitCode)),
    };

    private JobResult Ended(PlannedRun run, string outcome, string? reason)
    {
        if (outcome != "finished")
        {
            Say($"{run.Title}  {outcome}{(reason is null ? "" : $": {reason}")}");
        }

        return new JobResult(run, outcome, reason);
    }

    /// <summary>yoso run names the job at the start of its lines; its closing lines, of one job, are noise here: Conclude has those of all.</summary>
    private void Show(PlannedRun run, string line)
    {
        if (line.StartsWith("jobs: ", StringComparison.Ordinal))
        {
            return;
        }

        lock (_lastLines)
        {
            _lastLines[run.Id] = line;
        }

        if (!line.StartsWith($"{run.Job} seed ", StringComparison.Ordinal))
        {
            Say(line);
        }
    }

    /// <summary>"lra/listops/none seed 1 (smoke) failed: reason (log: file)" is how yoso run sums up; before it starts, its last words are all there is.</summary>
    private string Why(PlannedRun run, long exitCode)
    {
        var line = _lastLines.GetValueOrDefault(run.Id, "");
        return line.IndexOf(" failed: ", StringComparison.Ordinal) is var at and > 0 ? line[(at + " failed: ".Length)..]
            : line.Length > 0 ? $"exit code {exitCode}: {line}" : $"exit code {exitCode}";
    }

    private void Say(string line)
    {
        lock (console)
        {
            console.WriteLine(line);
            console.Flush();
        }
    }
}
