// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Yoso.Experiments.Catalog;

namespace Executors;

/// <summary>What one job may use. Null, or 0, leaves it to the engine or the cluster.</summary>
internal sealed record JobResources
{
    /// <summary>Cores; 0: the machine's cores divided by the slots (docker), the cluster's default (slurm).</summary>
    public double? Cpus { get; init; }

    /// <summary>E.g. 16G.</summary>
    public string? Memory { get; init; }

    /// <summary>Size of /dev/shm in a container, e.g. 1G.</summary>
    public string? Shm { get; init; }

    /// <summary>GPUs of a job on device cuda.</summary>
    public int? Gpus { get; init; }

    /// <summary>Slurm's time limit, e.g. 04:00:00 or 2-00:00:00.</summary>
    public string? Time { get; init; }

    /// <summary>Slurm's partition.</summary>
    public string? Partition { get; init; }

    public long MemoryBytes => Bytes(Memory);

    public long ShmBytes => Bytes(Shm);

    /// <summary>What the other names wins.</summary>
    public JobResources Overlay(JobResources other) => new()
    {
        Cpus = other.Cpus ?? Cpus, Memory = other.Memory ?? Memory, Shm = other.Shm ?? Shm, Gpus = other.Gpus ?? Gpus, Time = other.Time ?? Time, Partition = other.Partition ?? Partition,
    };

    private static long Bytes(string? size) => string.IsNullOrEmpty(size) ? 0
        : long.Parse(size[..^1], CultureInfo.InvariantCulture) << (size[^1] switch { 'K' => 10, 'M' => 20, 'G' => 30, _ => 40 });
}

/// <summary>How jobs reach the cluster.</summary>
internal sealed record SlurmSettings
{
    /// <summary>"job": data is made by a job of its own; "here": on this machine before anything is submitted, for nodes without a network.</summary>
    public string Data { get; init; } = "job";

    /// <summary>Passed to each sbatch, e.g. --account=name.</summary>
    public string[] Options { get; init; } = [];

    /// <summary>Shell lines at the start of each job, e.g. module load dotnet.</summary>
    public string[] Setup { get; init; } = [];

    public ContainerSettings? Container { get; init; }

    /// <summary>Seconds between two looks at the queue.</summary>
    public double PollSeconds { get; init; } = 10;
}

/// <summary>The container that a cluster job runs in.</summary>
internal sealed record ContainerSettings
{
    /// <summary>apptainer or pyxis.</summary>
    public string Kind { get; init; } = "apptainer";

    /// <summary>A .sif file or an image's name, as the tool takes it.</summary>
    public string Image { get; init; } = "";

    /// <summary>Passed to apptainer exec, or to srun for Pyxis.</summary>
    public string[] Options { get; init; } = [];
}

/// <summary>The file of --resources: what jobs may use, by job and scale, and how the cluster is reached.</summary>
internal sealed partial record Resources
{
    public JobResources Defaults { get; init; } = new();

    /// <summary>Overrides by selection ("lra/text"), scale ("@paper") or both ("lra/text@paper"); the longer name wins.</summary>
    public Dictionary<string, JobResources> Jobs { get; init; } = [];

    public SlurmSettings Slurm { get; init; } = new();

    public JobResources For(PlannedRun run) => For(run.Job, run.Scale);

    public JobResources For(string job, string scale) => Jobs
        .Where(o => Applies(o.Key, job, scale)).OrderBy(o => o.Key.Split('@')[0].Length).ThenBy(o => o.Key.Length)
        .Aggregate(Defaults, (sum, o) => sum.Overlay(o.Value));

    /// <summary>Null, or one line: what is wrong with the file.</summary>
    public static string? Problem(string file)
    {
        try
        {
            _ = Load(file);
            return null;
        }
        catch (ExecutorFailure e)
        {
            return e.Message;
        }
    }

    public static Resources Load(string file)
    {
        try
        {
            var text = File.ReadAllText(file);
            using var document = JsonDocument.Parse(text, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
            var resources = KeyProblem(document.RootElement, typeof(Resources), "") is { } problem
                ? throw new ExecutorFailure($"{file}: {problem}")
                : JsonSerializer.Deserialize<Resources>(text, new JsonSerializerOptions(JsonSerializerDefaults.Web) { ReadCommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) ?? new Resources();
            return resources.ValueProblem() is { } wrong ? throw new ExecutorFailure($"{file}: {wrong}") : resources;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ExecutorFailure($"{file}: {e.Message.Split('\n')[0]}", e);
        }
    }

    private static bool Applies(string name, string job, string scale)
    {
        var parts = name.Split('@');
        return (parts[0].Length == 0 || job == parts[0] || job.StartsWith(parts[0] + "/", StringComparison.Ordinal)) && (parts.Length == 1 || parts[1] == scale);
    }

    /// <summary>A misspelt key would else be overlooked.</summary>
    private static string? KeyProblem(JsonElement element, Type type, string path)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            return $"{(path.Length == 0 ? "it" : path)} is not a JSON object";
        }

        var known = type.GetProperties().Where(p => p.CanWrite).ToDictionary(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name), p => p.PropertyType);
        foreach (var property in element.EnumerateObject().Where(p => p.Name != "$schema"))
        {
            if (Spelling.Problem("setting", property.Name, known.Keys) is { } problem)
            {
                return path.Length == 0 ? problem : $"{path}: {problem}";
            }

            var inner = known[property.Name];
            var below = inner == typeof(Dictionary<string, JobResources>)
                ? property.Value.EnumerateObject().Select(j => KeyProblem(j.Value, typeof(JobResources), $"{property.Name}.{j.Name}")).FirstOrDefault(p => p != null)
                : inner.Namespace == typeof(Resources).Namespace ? KeyProblem(property.Value, inner, property.Name) : null;
            if (below != null)
            {
                return below;
            }
        }

        return null;
    }

    private string? ValueProblem()
    {
        foreach (var (name, job) in Jobs.Prepend(new("defaults", Defaults)))
        {
            var problem = SizeProblem("memory", job.Memory) ?? SizeProblem("shm", job.Shm)
                ?? (job.Time is { Length: > 0 } time && !SlurmTime().IsMatch(time) ? $"time '{time}': need minutes, hours:minutes:seconds or days-hours:minutes:seconds" : null)
                ?? (job.Cpus < 0 ? $"cpus {job.Cpus}: need 0 or more" : null) ?? (job.Gpus < 0 ? $"gpus {job.Gpus}: need 0 or more" : null)
                ?? (name == "defaults" ? null : JobProblem(name.Split('@')[0]))
                ?? (name.Split('@') is [_, var scale] ? Spelling.Problem("scale", scale, Names.Scales) : null);
            if (problem != null)
            {
                return $"{name}: {problem}";
            }
        }

        return Spelling.Problem("value of slurm.data", Slurm.Data, ["job", "here"])
            ?? (Slurm.PollSeconds <= 0 ? "slurm.pollSeconds: need more than 0" : null)
            ?? (Slurm.Container is { } container
                ? Spelling.Problem("value of slurm.container.kind", container.Kind, ["apptainer", "pyxis"]) ?? (container.Image.Length == 0 ? "slurm.container.image is missing" : null)
                : null);
    }

    /// <summary>A suite, suite/task or suite/task/model, nothing for all, or one of the cluster's own jobs.</summary>
    private static string? JobProblem(string name)
    {
        var parts = name.Split('/');
        if (name is "" or "data" or "report")
        {
            return null;
        }

        return Spelling.Problem("job", parts[0], [.. Names.Suites.Keys, "data", "report"])
            ?? (parts.Length > 1 ? Spelling.Problem("task", parts[1], Names.Suites[parts[0]].Tasks) : null)
            ?? (parts.Length > 2 ? Spelling.Problem("model", Names.WithoutStep(parts[2]), Names.Suites[parts[0]].Models) : null);
    }

    private static string? SizeProblem(string name, string? value) => string.IsNullOrEmpty(value) || Size().IsMatch(value) ? null : $"{name} '{value}': need a number and K, M, G or T, e.g. 16G";

    [GeneratedRegex(@"^[1-9]\d{0,5}[KMGT]$")]
    private static partial Regex Size();

    [GeneratedRegex(@"^(\d+|(\d+-)?\d+(:\d\d){1,2}|\d+-\d+)$")]
    private static partial Regex SlurmTime();
}
