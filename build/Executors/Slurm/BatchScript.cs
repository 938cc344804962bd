// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Security.Cryptography;

namespace Executors;

/// <summary>The shell text that a cluster job runs.</summary>
internal sealed class BatchScript(ProgramSnapshot program, Resources resources, JobRequest request)
{
    /// <summary>Seconds before its time limit at which a job is told to write a checkpoint and queue itself again.</summary>
    public static int Notice(string? time) => time is { Length: > 0 } ? (int)Math.Clamp(Seconds(time) / 4, 1, 120) : 120;

    /// <summary>Slurm's spellings: minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, days-hours:minutes:seconds.</summary>
    internal static long Seconds(string time)
    {
        var days = time.Split('-');
        long[] parts = [.. days[^1].Split(':').Select(p => long.Parse(p, CultureInfo.InvariantCulture))];
        return days.Length == 2
            ? (long.Parse(days[0], CultureInfo.InvariantCulture) * 86400) + parts.Select((p, i) => p * (i == 0 ? 3600 : i == 1 ? 60 : 1)).Sum()
            : parts switch { [var minutes] => minutes * 60, [var minutes, var seconds] => (minutes * 60) + seconds, _ => (parts[0] * 3600) + (parts[1] * 60) + parts[2] };
    }

    private string? _head;

    /// <summary>Under the paths they have outside; libtorch also where the project's images look for it (docker/cpu.Dockerfile).</summary>
    private string Folders => string.Join(',', (string[])
    [
        .. ((string?[])[request.Output, program.LibTorch, Directory.Exists(request.DataMirror) ? request.DataMirror : null]).OfType<string>().Select(f => $"{f}:{f}"),
        .. program.LibTorch is { } libTorch ? [$"{libTorch}:/yoso/libtorch"] : Array.Empty<string>(),
    ]);

    /// <summary>Runs line SLURM_ARRAY_TASK_ID of a file of argument lists.</summary>
    public string Runs(string argumentsFile, string exitPrefix, string? commit, bool gpu) => $$"""
        #!/bin/bash
        # A task of a job array: one run. Requeued tasks start here again and resume from their checkpoint.
        set -uo pipefail
        {{Head(commit)}}
        eval "arguments=($(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" {{Quote(argumentsFile)}}))"
        echo "$(date -u +%FT%TZ) $(hostname -s): task ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}, restart ${SLURM_RESTART_COUNT:-0}"
        near_limit=0
        {{Command(gpu)}} "${arguments[@]}" &
        child=$!
        # scancel: the run writes a checkpoint and ends. The notice before the time limit: it does the same and queues itself again.
        trap 'kill -TERM $child 2>/dev/null' TERM INT
        trap 'near_limit=1; kill -TERM $child 2>/dev/null' USR1
        wait $child; code=$?
        while kill -0 $child 2>/dev/null; do wait $child; code=$?; done
        if [ $near_limit = 1 ] && [ $code = 130 ] && [ "${SLURM_RESTART_COUNT:-0}" -lt 1000 ]; then
          echo "$(date -u +%FT%TZ) near its time limit: queued again"
          scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}" && exit 0
        fi
        file={{Quote(exitPrefix)}}-$SLURM_ARRAY_TASK_ID.exit
        echo $code >"$file.$SLURM_JOB_ID" && mv "$file.$SLURM_JOB_ID" "$file"
        exit $code

        """;

    /// <summary>Commands of the program, one after another; the first that fails ends it.</summary>
    public string Sequence(IEnumerable<string[]> commands, string? commit) => $"""
        #!/bin/bash
        set -euo pipefail
        {Head(commit)}
        {string.Join('\n', commands.Select(c => $"{Command(gpu: false)} {string.Join(' ', c.Select(Quote))}"))}

        """;

    /// <summary>For bash: whatever is in it, one word.</summary>
    public static string Quote(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or ':' or '=' or ',' or '@' or '+') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private string Head(string? commit) => _head ??= string.Join('\n', (string[])
    [
        .. commit is null ? Array.Empty<string>() : [$"export YOSO_COMMIT={Quote(commit)}"],
        .. resources.Slurm.Container is { } container ? [$"export YOSO_IMAGE={Quote(Identity(container.Image))}"] : Array.Empty<string>(),
        .. resources.Slurm.Setup,
        $"cd {Quote(request.Output)}",
    ]);

    /// <summary>A file's name with the digest of its content; another name says itself what it is.</summary>
    private static string Identity(string image)
    {
        if (!File.Exists(image))
        {
            return image;
        }

        using var stream = File.OpenRead(image);
        return $"{image}@sha256:{Convert.ToHexStringLower(SHA256.HashData(stream))}";
    }

    private string Command(bool gpu) => resources.Slurm.Container switch
    {
        { Kind: "apptainer" } c => $"apptainer exec{(gpu ? " --nv" : "")} --bind {Quote(Folders)}{Words(c.Options)} {Quote(c.Image)} dotnet {Quote(program.Assembly)}",
        { } c => $"srun --container-image={Quote(c.Image)} --container-mounts={Quote(Folders)}{Words(c.Options)} dotnet {Quote(program.Assembly)}",
        null => $"dotnet {Quote(program.Assembly)}",
    };

    private static string Words(string[] options) => string.Concat(options.Select(o => " " + Quote(o)));
}
