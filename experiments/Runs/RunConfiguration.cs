// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;
using Yoso.Data;
using Yoso.Experiments.Training;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>
/// One cell of a table, complete: what is computed on which data by which protocol. Its canonical JSON is part of the job's key, so
/// everything that decides the result is a property, and what does not is <see cref="JsonIgnoreAttribute">ignored</see>.
/// </summary>
internal abstract record RunConfiguration
{
    public required string Task { get; init; }
    public required string Model { get; init; }

    /// <summary>smoke, nightly or paper.</summary>
    public required string Scale { get; init; }

    /// <summary>Step of the needed job's kept checkpoint that this one starts from; null for the weights at its end.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? StartStep { get; init; }

    [JsonIgnore]
    public string StartStepText => StartStep is { } step ? $", step {step}" : "";

    /// <summary>Steps between the checkpoints that other jobs can start from; null where none can.</summary>
    [JsonIgnore]
    public virtual int? CheckpointInterval => null;

    /// <summary>Steps of the run, for plans: a run resumed at half of them needs half the time.</summary>
    [JsonIgnore]
    public abstract int PlannedSteps { get; }

    /// <summary>What a run takes by measured step times, null where none were measured; for plans before the first record.</summary>
    public virtual double? EstimateSeconds(string output, string device) => null;

    /// <summary>The model whose measured steps <see cref="EstimateSeconds"/> used in place of this one's, null where they are its own.</summary>
    public virtual string? EstimatedFrom(string output, string device) => null;

    /// <summary>float32, or the precision of autocast.</summary>
    [JsonIgnore]
    public virtual string Precision => "float32";

    /// <summary>What the data set is made from: jobs with equal values share one.</summary>
    [JsonIgnore]
    public abstract object DataKey { get; }

    /// <summary>What is wrong with the values, one line each.</summary>
    public abstract IEnumerable<string> Problems();

    /// <summary>The same cell under a protocol of <see cref="Catalog.Names.Protocols"/>; only for suites that name it.</summary>
    public virtual RunConfiguration Under(string protocol) =>
        protocol == "paper" ? this : throw new ArgumentException($"no protocol '{protocol}' here", nameof(protocol));

    /// <summary>Whether a source file (path from the root, "/" as separator) can change the result; Yoso.Cpu and Yoso.Cuda are counted apart.</summary>
    public abstract bool Reaches(string path);

    /// <summary>Digest of the data set, null while it is not prepared. Fast: nothing is read but a manifest.</summary>
    public abstract string? FindData(DataPlace place);

    /// <summary>What would have to be fetched before the data set can be prepared; null when all of it is at hand or generated.</summary>
    public virtual DataToFetch? ToFetch(DataPlace place) => null;

    /// <summary>Opens the data set; makes it first where it is missing.</summary>
    public abstract IRunData PrepareData(DataPlace place, IProgress<double>? progress, CancellationToken cancellationToken);

    /// <summary>Jobs whose finished folders this one reads, e.g. the pre-training that a fine-tuning starts from.</summary>
    public virtual IReadOnlyList<Job> Needs(Job job) => [];

    /// <summary>Does the work and leaves metrics.csv and weights.safetensors in the folder; the caller writes the record.</summary>
    public abstract RunOutcome Execute(RunContext context, CancellationToken cancellationToken);
}

/// <summary>Where prepared data lies and where its original files are looked for.</summary>
/// <param name="Root">The data folder under the output folder.</param>
/// <param name="Mirror">Folder or address of the original files, null for the usual one.</param>
internal sealed record DataPlace(string Root, string? Mirror)
{
    /// <summary>Shows downloads and conversions.</summary>
    public IDataEvents Events { get; init; } = NoDataEvents.Instance;

    /// <summary>The mirror where it is a folder.</summary>
    public string? MirrorFolder => Mirror is not null && !Mirror.Contains("://", StringComparison.Ordinal) ? Mirror : null;
}

/// <summary>An opened data set as the job runner sees it.</summary>
internal interface IRunData
{
    DataManifest Manifest { get; }
    DataDescription Description { get; }

    /// <summary>Reads all of it and compares with its digests.</summary>
    bool IsWhole();
}

/// <summary>What a run may use.</summary>
internal sealed record RunContext
{
    public required Job Job { get; init; }
    public required IRunData Data { get; init; }
    public required RunFolder Folder { get; init; }

    /// <summary>The finished folders of <see cref="RunConfiguration.Needs"/>, in its order.</summary>
    public required IReadOnlyList<RunFolder> Needs { get; init; }
    /// <summary>What the needed job left: its last weights, or the checkpoint of the step that the configuration names; null where none is needed.</summary>
    /// <exception cref="InvalidDataException">That checkpoint was not kept.</exception>
    public string? StartingWeights => Needs.Count == 0 ? null : Job.Configuration.StartStep is not { } step ? Needs[0].Weights
        : Needs[0].Checkpoints.Kept(step) ?? throw new InvalidDataException(KeptCheckpoints.Missing(Job, Needs[0]));

    public required int Threads { get; init; }
    public required ITrainingEvents Events { get; init; }
    public required TimeProvider Time { get; init; }
    public required double CheckpointSeconds { get; init; }
}

/// <summary>What a run found; the rest of the record (key, inputs, data, fingerprint, times) is the runner's.</summary>
internal sealed record RunOutcome
{
    public required IReadOnlyList<MetricResult> Results { get; init; }
    public IReadOnlyList<BaselineResult> Baselines { get; init; } = [];
    public required RunProtocol Protocol { get; init; }
    public required long ParameterCount { get; init; }
    public required int Steps { get; init; }
    public required double SecondsPerStep { get; init; }
}
