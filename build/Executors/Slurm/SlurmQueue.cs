// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Executors;

/// <summary>A task as squeue lists it.</summary>
/// <param name="Job">The cluster's number of the job or job array.</param>
/// <param name="Index">Place in the array, 0 outside of arrays.</param>
/// <param name="State">PENDING, RUNNING, COMPLETED, ...</param>
internal sealed record QueueEntry(string Name, long Job, int Index, string State, string Reason, string Node, string Elapsed)
{
    /// <summary>States that a task does not leave by itself. NODE_FAIL and PREEMPTED are left when Slurm queues the task again.</summary>
    private static readonly string[] Final = ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "OUT_OF_MEMORY", "BOOT_FAIL", "DEADLINE", "NODE_FAIL", "PREEMPTED", "REVOKED"];

    public bool IsEnded => Final.Contains(State);
}

/// <summary>The five commands that the executor needs of Slurm. Accounting (sacct) is not among them: many clusters have none.</summary>
internal sealed class SlurmQueue(ICommands commands)
{
    private const string Format = "%j|%F|%K|%T|%r|%N|%M";

    /// <summary>The version and the partitions; throws when there is no cluster.</summary>
    public string Describe()
    {
        // Slurm's commands would look for this file for a minute, each of them.
        if (Environment.GetEnvironmentVariable("SLURM_CONF") is { Length: > 0 } file && !File.Exists(file))
        {
            throw new ExecutorFailure($"no file '{file}', which SLURM_CONF names: correct or unset it");
        }

        var version = Run("sinfo", "--version").Output.Trim();
        var partitions = Run("sinfo", "-h", "-o", "%R (%D nodes, %a)").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return $"{version}, partitions {string.Join(", ", partitions.Select(p => p.Trim()).Distinct())}";
    }

    public IReadOnlyList<string> Partitions() => [.. Run("sinfo", "-h", "-o", "%R").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];

    /// <summary>Returns the number of the job.</summary>
    public long Submit(IEnumerable<string> arguments)
    {
        var result = Run("sbatch", ["--parsable", .. arguments]);
        // With several clusters the answer is "number;cluster".
        return long.TryParse(result.Output.Trim().Split(';')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var job) ? job
            : throw new ExecutorFailure($"sbatch answered '{result.Output.Trim()}' instead of a job number");
    }

    /// <summary>All tasks of jobs with these names, each task of an array apart. Null when the controller does not answer just now.</summary>
    public IReadOnlyList<QueueEntry>? Find(IEnumerable<string> names)
    {
        var result = commands.Run("squeue", "-h", "-r", "-t", "all", "-n", string.Join(',', names), "-o", Format);
        return result.ExitCode == 0 ? [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)] : null;
    }

    /// <summary>What scontrol knows of a task, e.g. ExitCode 9:0 (code and signal) and Restarts; empty when it has forgotten it.</summary>
    public IReadOnlyDictionary<string, string> Show(long job, int index, bool isArray)
    {
        var result = commands.Run("scontrol", "show", "job", "-o", isArray ? $"{job}_{index}" : $"{job}");
        return result.ExitCode != 0 ? new Dictionary<string, string>()
            : result.Output.Split('\n')[0].Split(' ').Select(w => w.Split('=', 2)).Where(w => w.Length == 2).GroupBy(w => w[0]).ToDictionary(g => g.Key, g => g.First()[1]);
    }

    public void Cancel(IEnumerable<string> tasks)
    {
        foreach (var chunk in tasks.Chunk(200))
        {
            // A task that has just ended is no error worth stopping for.
            commands.Run("scancel", ["--quiet", .. chunk]);
        }
    }

    internal static QueueEntry Parse(string line)
    {
        var parts = line.Split('|');
        return parts.Length == 7 && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var job)
            ? new QueueEntry(parts[0], job, int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : 0, parts[3], parts[4], parts[5], parts[6])
            : throw new ExecutorFailure($"squeue wrote a line that is not understood: {line}");
    }

    private CommandResult Run(string program, params string[] arguments)
    {
        var result = commands.Run(program, arguments);
        return result.ExitCode switch
        {
            0 => result,
            CommandResult.Missing => throw new ExecutorFailure($"no Slurm here: {program} is not in the PATH; --executor local or docker needs none"),
            _ => throw new ExecutorFailure(SlurmAdvice.Refusal(program, result.Errors + result.Output) ?? $"{program}: {result.Problem}"),
        };
    }
}
