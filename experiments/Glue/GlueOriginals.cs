// SPDX-License-Identifier: MIT
using Yoso.Data.Downloads;
using Yoso.Data.Glue;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Glue;

/// <summary>GLUE's own files: in a mirror folder (GLUE/ in it, or itself), or downloaded once and unpacked into data/glue/.</summary>
internal static class GlueOriginals
{
    /// <summary>The folder that holds the task's folder with its labelled files; null where there is none.</summary>
    public static string? Find(DataPlace place, GlueTaskInfo info)
    {
        string[] mirrors = place.MirrorFolder is { } mirror ? [Path.Combine(mirror, "GLUE"), mirror] : [];
        return mirrors.Append(Unpacked(place)).FirstOrDefault(f => info.DevSplits.Prepend(GlueSplit.Train).All(s => File.Exists(Path.Combine(f, info.Folder, info.FileName(s)))));
    }

    /// <summary>What would be downloaded for a task, null when it is at hand.</summary>
    public static DataToFetch? ToFetch(DataPlace place, GlueTaskInfo info)
    {
        if (Find(place, info) is not null) return null;
        var files = GlueFiles.Of(info.Task).Where(f => OriginalFiles.Find(place, f) is null).ToArray();
        return files.Length == 0 ? null : new DataToFetch(string.Join(", ", files.Select(f => f.Address)), files[0].Licence, ByHand: false);
    }

    /// <summary>As <see cref="Find"/>; downloads and unpacks the task where it is not there, after showing its licence.</summary>
    /// <exception cref="DownloadException">It cannot be had.</exception>
    /// <exception cref="Yoso.Data.DataFormatException">An archive is damaged.</exception>
    public static string Fetch(DataPlace place, GlueTaskInfo info, CancellationToken cancellationToken)
    {
        if (Find(place, info) is { } folder) return folder;
        var files = GlueFiles.Of(info.Task).Select(f => OriginalFiles.Fetch(place, f, cancellationToken)).ToArray();
        GlueFiles.Unpack(info.Task, files, Unpacked(place));
        return Unpacked(place);
    }

    private static string Unpacked(DataPlace place) => Path.Combine(place.Root, "glue");
}
