// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>States and reasons that do not pass by waiting: what a person has to do.</summary>
internal static class SlurmAdvice
{
    private const string Partition = "choose another partition in the resources file, or ask the cluster's staff";

    /// <summary>Why a task waits, by the first words of squeue's reason.</summary>
    private static readonly (string Reason, string Advice)[] Waiting =
    [
        ("JobHeldUser", "held by its user: scontrol release {job}"),
        ("JobHeldAdmin", "held by the cluster's staff: ask them"),
        ("launch failed requeued held", "a node could not start it and Slurm holds it: look at the log, then scontrol release {job}"),
        ("job requeued in held state", "queued again and held: scontrol release {job}"),
        ("DependencyNeverSatisfied", "what it waits for has failed: see that job, then scancel {job}"),
        ("PartitionDown", $"the partition is down: {Partition}"),
        ("PartitionInactive", $"the partition is inactive: {Partition}"),
        ("PartitionConfig", "the partition does not take such a job: compare time, cpus and memory of the resources file with scontrol show partition"),
        ("PartitionNodeLimit", $"it asks for more nodes than the partition gives: {Partition}"),
        ("PartitionTimeLimit", "its time is above the partition's limit: lower time in the resources file; jobs resume from checkpoints"),
        ("BadConstraints", "no node can satisfy it: lower cpus, memory or gpus in the resources file"),
        ("ReqNodeNotAvail", "the nodes that it needs are down or reserved: sinfo -R tells why"),
        ("InvalidAccount", "the account is not valid: set --account in slurm.options of the resources file"),
        ("InvalidQOS", "the quality of service is not valid: set --qos in slurm.options of the resources file"),
        ("QOSMaxWallDurationPerJobLimit", "its time is above the limit of the quality of service: lower time in the resources file"),
        ("QOSMinGRES", "the quality of service wants more GPUs: raise gpus in the resources file"),
        ("AssocMaxWallDurationPerJobLimit", "its time is above your account's limit: lower time in the resources file"),
        ("AssocGrpCPUMinutesLimit", "your account's time is used up: ask the cluster's staff"),
        ("AssocGrpBillingMinutes", "your account's budget is used up: ask the cluster's staff"),
    ];

    /// <summary>Where there is no cluster to talk to: Slurm's own words are of no use.</summary>
    private static readonly (string Part, string Advice)[] Absence =
    [
        ("Could not establish a configuration source", "Slurm's commands are here, but no cluster: log in to a login node of one, or set SLURM_CONF; --executor local or docker needs none"),
        ("Unable to contact slurm controller", "the cluster's controller does not answer: try again later (scontrol ping), or ask the cluster's staff"),
        ("munge", "the cluster does not know who you are, as Slurm's munge daemon does not answer here: ask the cluster's staff"),
    ];

    /// <summary>What a command refuses, by a part of its words, which are shown as well.</summary>
    private static readonly (string Part, string Advice)[] Refusals =
    [
        ("invalid partition", "change partition in the resources file; sinfo -s lists them"),
        ("Memory specification", "no node has so much: lower memory in the resources file; sinfo -o '%n %m' lists what nodes have, in MB"),
        ("Invalid generic resource", "no node has such GPUs: change gpus in the resources file, or use --device cpu; sinfo -o '%n %G' lists what nodes have"),
        ("node configuration is not available", "no node can satisfy it: lower cpus, memory or gpus in the resources file"),
        ("Invalid feature", "change --constraint in slurm.options of the resources file; sinfo -o '%n %f' lists what nodes have"),
        ("Invalid account", "set --account in slurm.options of the resources file"),
        ("Invalid qos", "set --qos in slurm.options of the resources file"),
        ("time limit", "lower time in the resources file: jobs resume from their checkpoints"),
        ("unrecognized option", "change slurm.options of the resources file"),
    ];

    /// <summary>One line for a command that failed; null where its own words must do.</summary>
    public static string? Refusal(string program, string words)
    {
        if (Absence.FirstOrDefault(a => Has(words, a.Part)).Advice is { } absence)
        {
            return absence;
        }

        foreach (var (part, advice) in Refusals)
        {
            if (words.Split('\n').FirstOrDefault(l => Has(l, part)) is { } line)
            {
                // "sbatch: error: invalid partition specified: gpu"
                return $"{program}: {line.Replace($"{program}: ", "", StringComparison.Ordinal).Replace("error: ", "", StringComparison.Ordinal).Trim()}: {advice}";
            }
        }

        return null;
    }

    /// <summary>What a person has to do for this task to go on; null while waiting is enough.</summary>
    public static string? Of(QueueEntry entry) => entry.State switch
    {
        "PENDING" or "REQUEUE_HOLD" or "SPECIAL_EXIT" => Match(entry),
        "SUSPENDED" => $"suspended: scontrol resume {entry.Job}, if you may",
        "STOPPED" => $"stopped by a signal: scancel -s CONT {entry.Job}",
        _ => null,
    };

    /// <summary>Why a task that ended did not finish.</summary>
    /// <param name="detail">What scontrol shows of it.</param>
    public static string Failure(QueueEntry entry, IReadOnlyDictionary<string, string> detail) => entry.State switch
    {
        "TIMEOUT" => $"ended at its time limit{Value(detail, "TimeLimit", " of {0}")}: raise time in the resources file; it resumes from its checkpoint",
        "OUT_OF_MEMORY" => "out of memory: raise memory in the resources file",
        "NODE_FAIL" => $"its node {entry.Node} failed: run the same command again",
        "BOOT_FAIL" => $"its node {entry.Node} did not start: tell the cluster's staff",
        "DEADLINE" => "its deadline has passed",
        "PREEMPTED" => "another job took its place: run the same command again",
        "CANCELLED" when entry.Reason == "DependencyNeverSatisfied" => "what it waits for has failed",
        _ => Exit(detail) ?? entry.State.ToLowerInvariant(),
    };

    private static string? Match(QueueEntry entry)
    {
        foreach (var (reason, advice) in Waiting)
        {
            if (entry.Reason.Replace('_', ' ').StartsWith(reason, StringComparison.OrdinalIgnoreCase))
            {
                return advice.Replace("{job}", $"{entry.Job}", StringComparison.Ordinal);
            }
        }

        return entry.State == "PENDING" ? null : $"{entry.State} ({entry.Reason}): scontrol release {entry.Job}";
    }

    /// <summary>scontrol's ExitCode is code:signal.</summary>
    private static string? Exit(IReadOnlyDictionary<string, string> detail) => detail.TryGetValue("ExitCode", out var exit) && exit.Split(':') is [var code, var signal]
        ? signal != "0" ? $"killed by signal {signal}" : $"exit code {code}"
        : null;

    private static string Value(IReadOnlyDictionary<string, string> detail, string name, string format)
        => detail.TryGetValue(name, out var value) ? string.Format(System.Globalization.CultureInfo.InvariantCulture, format, value) : "";

    private static bool Has(string text, string part) => text.Contains(part, StringComparison.OrdinalIgnoreCase);
}
