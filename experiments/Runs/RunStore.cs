// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>Why a job has no result: written by the process that watched it, read by plans and reports.</summary>
internal sealed record FailureNote(JobIdentity Job, string Reason, string LogPath);

/// <summary>Reads what finished and what failed under an output folder.</summary>
internal sealed class RunStore(string output)
{
    public string Root { get; } = Path.Combine(output, "runs");

    /// <summary>All whole records, with the folder of each in <see cref="Folders"/>.</summary>
    public IEnumerable<RunRecord> Records() => Folders().Select(f => f.Record);

    public IEnumerable<(string Folder, RunRecord Record)> Folders()
    {
        foreach (var path in Files("run.json"))
        {
            if (RunRecordJson.TryRead(path, out _) is { } record)
            {
                yield return (Path.GetDirectoryName(path)!, record);
            }
        }
    }

    public IEnumerable<FailureNote> Failures()
    {
        foreach (var path in Files("failure.json"))
        {
            FailureNote? note = null;
            try
            {
                note = JsonSerializer.Deserialize<FailureNote>(File.ReadAllBytes(path), JsonSerializerOptions.Web);
            }
            catch (Exception e) when (e is JsonException or IOException)
            {
                // A torn note is no worse than none: the cell is missing either way.
            }

            if (note is not null && !File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "run.json")))
            {
                yield return note;
            }
        }
    }

    private IEnumerable<string> Files(string name) => Directory.Exists(Root)
        ? Directory.EnumerateFiles(Root, name, SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        : [];
}
