// SPDX-License-Identifier: MIT
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>
/// The work folder of one key: runs/suite/task/model/seed-n/first-12-hex-of-key/. One with a valid run.json is finished and
/// never changed; one without is resumed.
/// </summary>
internal sealed class RunFolder(string output, Job job, string key)
{
    public string Path { get; } = System.IO.Path.Combine(output, "runs", job.Suite, job.Task, job.Model, $"seed-{job.Seed}", key[..12]);

    /// <summary>Of the job's inputs, SHA-256 in hex.</summary>
    public string Key => key;

    /// <summary>The folder of a job as it would run now, null while data that decides its key is not prepared.</summary>
    public static RunFolder? Of(string output, Job job, Func<Job, string?> digestOf) => job.Inputs(digestOf) is { } inputs ? new RunFolder(output, job, Job.Key(inputs)) : null;

    public string Record => System.IO.Path.Combine(Path, "run.json");
    public string Metrics => System.IO.Path.Combine(Path, "metrics.csv");
    public string Configuration => System.IO.Path.Combine(Path, "config.json");
    public string Log => System.IO.Path.Combine(Path, "log.txt");

    /// <summary>Why the last attempt failed; absent after a success.</summary>
    public string Failure => System.IO.Path.Combine(Path, "failure.json");
    public string Weights => System.IO.Path.Combine(Path, "weights.safetensors");

    /// <summary>How many checkpoints of epochs the unfinished run keeps; absent where nothing was said.</summary>
    public string KeepCheckpoints => System.IO.Path.Combine(Path, "keep-checkpoints");

    public CheckpointStore Checkpoints { get; } = new(System.IO.Path.Combine(output, "runs", job.Suite, job.Task, job.Model, $"seed-{job.Seed}", key[..12], "checkpoint"), key);

    /// <summary>The record of a finished run, null when there is none that is whole and of this key.</summary>
    public RunRecord? Finished()
    {
        if (!File.Exists(Record))
        {
            return null;
        }

        var record = RunRecordJson.TryRead(Record, out _);
        return record?.Key == key ? record : null;
    }
}
