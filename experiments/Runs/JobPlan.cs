// SPDX-License-Identifier: MIT
using System.Text.Json.Nodes;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>What would happen to a job now: cached, resume, run or cannot run, with the reason in values and the expected seconds.</summary>
internal sealed record PlannedJob(Job Job, string? Key, string Action, string Reason, double? ExpectedSeconds, string? Folder)
{
    /// <summary>The model whose measured steps the expected time is of, null where they are the job's own.</summary>
    public string? EstimatedFrom { get; init; }
}

/// <summary>Compares the jobs asked for with what the output folder holds.</summary>
internal sealed class JobPlan(string output)
{
    /// <param name="data">Which data sets are prepared, and what the others lack.</param>
    public IReadOnlyList<PlannedJob> Make(IReadOnlyList<Job> jobs, DataSets data) => Make(jobs, data.Digest, data.ToFetch);

    /// <param name="digestOf">Digest of a job's data set, null while it is not prepared.</param>
    /// <param name="toFetch">What a data set that is not prepared lacks, null for nothing.</param>
    public IReadOnlyList<PlannedJob> Make(IReadOnlyList<Job> jobs, Func<Job, string?> digestOf, Func<Job, DataToFetch?> toFetch)
    {
        var earlier = new RunStore(output).Records().ToArray();
        return [.. jobs.Select(job =>
        {
            var similar = Similar(job, earlier);
            var planned = Plan(job, digestOf, toFetch, similar);
            return similar is null && planned.ExpectedSeconds > 0 ? planned with { EstimatedFrom = job.Configuration.EstimatedFrom(output, job.Device) } : planned;
        })];
    }

    private static RunRecord? Similar(Job job, RunRecord[] earlier) => earlier
        .Where(r => r.Job.Suite == job.Suite && r.Job.Task == job.Task && r.Job.Model == job.Model && r.Job.Scale == job.Scale && r.Job.Protocol == job.Protocol && r.Inputs.Device == job.Device)
        .OrderByDescending(r => r.Job.Seed == job.Seed).ThenByDescending(r => r.StartedAt)
        .FirstOrDefault();

    private PlannedJob Plan(Job job, Func<Job, string?> digestOf, Func<Job, DataToFetch?> toFetch, RunRecord? similar)
    {
        var expected = similar?.WallSeconds ?? job.Configuration.EstimateSeconds(output, job.Device);
        if (DeviceClass.Obstacle(job.Device) is { } obstacle)
        {
            return new PlannedJob(job, null, "cannot run", obstacle, null, null);
        }

        if (job.Inputs(digestOf) is not { } inputs)
        {
            return job.Needs.Prepend(job).Select(toFetch).OfType<DataToFetch>().OrderByDescending(f => f.ByHand).FirstOrDefault() is { } missing
                ? new PlannedJob(job, null, missing.ByHand ? "cannot run" : "run", missing.Reason, missing.ByHand ? null : expected, null)
                : new PlannedJob(job, null, "run", "the data set is not prepared yet", expected, null);
        }

        var key = Job.Key(inputs);
        var folder = new RunFolder(output, job, key);
        if (folder.Finished() is { } record)
        {
            return new PlannedJob(job, key, "cached", $"finished {record.StartedAt.AddSeconds(record.WallSeconds):yyyy-MM-dd HH:mm}Z", 0, folder.Path);
        }

        if (job.Configuration.StartStep is { } start && RunFolder.Of(output, job.Needs[0], digestOf) is { } needed && needed.Finished() is not null && needed.Checkpoints.Kept(start) is null)
        {
            return new PlannedJob(job, key, "cannot run", KeptCheckpoints.Missing(job, needed), null, folder.Path);
        }

        if (folder.Checkpoints.NewestStep() is { } step)
        {
            var steps = job.Configuration.PlannedSteps;
            return new PlannedJob(job, key, "resume", $"at step {step} of {steps}", expected * (steps - step) / steps, folder.Path);
        }

        var failed = File.Exists(folder.Failure) ? "the last attempt failed; " : "";
        return new PlannedJob(job, key, "run", failed + Reason(inputs, similar), expected, folder.Path);
    }

    private static string Reason(RunInputs inputs, RunRecord? similar)
    {
        if (similar is null)
        {
            return "no run of this job yet";
        }

        var changes = Differences(similar.Inputs, inputs).ToArray();
        return changes.Length == 0 ? "no valid record" : string.Join("; ", changes) + "; everything else equal";
    }

    /// <summary>What differs between two sets of inputs, in values: "configuration.network.attention.hashCount 16 -> 32".</summary>
    public static IEnumerable<string> Differences(RunInputs before, RunInputs after)
    {
        foreach (var change in Differences("", JsonObject.Create(before.Configuration), JsonObject.Create(after.Configuration)))
        {
            yield return change;
        }

        (string Name, string Before, string After)[] values =
        [
            ("seed", $"{before.Seed}", $"{after.Seed}"), ("data", Short(before.DataDigest), Short(after.DataDigest)),
            .. before.Needs.Keys.Union(after.Needs.Keys).Select(n => (n, Short(before.Needs.GetValueOrDefault(n, "none")), Short(after.Needs.GetValueOrDefault(n, "none")))),
            ("code", Short(before.CodeDigest), Short(after.CodeDigest)), ("kernels", Short(before.KernelDigest), Short(after.KernelDigest)),
            ("device", before.Device, after.Device), ("precision", before.Precision, after.Precision),
        ];
        foreach (var (name, old, now) in values.Where(v => v.Before != v.After))
        {
            yield return $"{name} {old} -> {now}";
        }
    }

    private static IEnumerable<string> Differences(string path, JsonNode? before, JsonNode? after)
    {
        if (before is JsonObject a && after is JsonObject b)
        {
            foreach (var name in a.Select(p => p.Key).Union(b.Select(p => p.Key)).Order(StringComparer.Ordinal))
            {
                foreach (var change in Differences(path.Length == 0 ? name : $"{path}.{name}", a[name], b[name]))
                {
                    yield return change;
                }
            }
        }
        else if (CanonicalJson.Of(before) != CanonicalJson.Of(after))
        {
            yield return $"{path} {before?.ToJsonString() ?? "none"} -> {after?.ToJsonString() ?? "none"}";
        }
    }

    private static string Short(string digest) => digest[..Math.Min(8, digest.Length)];
}
