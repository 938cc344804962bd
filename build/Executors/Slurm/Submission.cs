// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Executors;

/// <summary>One sbatch: the data job, an array of runs, or the report.</summary>
/// <param name="Name">Name of the job in the cluster, used by no other.</param>
/// <param name="Kind">data, runs or report.</param>
/// <param name="Runs">The array's tasks in order; empty for the others.</param>
internal sealed record SubmissionPart(string Name, string Kind, PlannedRun[] Runs)
{
    /// <summary>The cluster's number; null until sbatch has answered.</summary>
    public long? Job { get; init; }
}

/// <summary>
/// What was given to the cluster, kept as slurm/&lt;id&gt;/submission.json under the output folder. It is written before the first sbatch and
/// after each one, so a build that dies in between, or months later, finds its jobs by their names.
/// </summary>
internal sealed record Submission(string Id, string Program, SubmissionPart[] Parts)
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Root(string output) => Path.Combine(output, "slurm");

    public string Folder(string output) => Path.Combine(Root(output), Id);

    public string Log(string output, SubmissionPart part, int index) => Path.Combine(Folder(output), part.Kind == "runs" ? $"{part.Name}-{index}.log" : $"{part.Name}.log");

    /// <summary>Holds the exit code of a task once it has ended, for when the queue has forgotten it.</summary>
    public string ExitFile(string output, SubmissionPart part, int index) => Path.Combine(Folder(output), $"{part.Name}-{index}.exit");

    public void Save(string output)
    {
        var file = Path.Combine(Folder(output), "submission.json");
        Directory.CreateDirectory(Folder(output));
        File.WriteAllText(file + ".partial", JsonSerializer.Serialize(this, Indented) + "\n");
        File.Move(file + ".partial", file, overwrite: true);
    }

    /// <summary>All that an output folder knows, the newest first.</summary>
    public static IReadOnlyList<Submission> Load(string output)
    {
        if (!Directory.Exists(Root(output)))
        {
            return [];
        }

        return [.. Directory.GetFiles(Root(output), "submission.json", SearchOption.AllDirectories).OrderDescending(StringComparer.Ordinal).Select(Read)];
    }

    private static Submission Read(string file)
    {
        try
        {
            return JsonSerializer.Deserialize<Submission>(File.ReadAllText(file), JsonSerializerOptions.Web) ?? throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new ExecutorFailure($"{file} is damaged ({e.Message.Split('\n')[0]}): look with squeue --me whether its jobs still run, then delete its folder", e);
        }
    }
}
