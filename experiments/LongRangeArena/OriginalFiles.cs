// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Data.Downloads;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>
/// The benchmark's own files: in a mirror folder, or downloaded once into data/downloads/ from the publisher or a mirror address.
/// LRA's release is unpacked there.
/// </summary>
internal static class OriginalFiles
{
    /// <summary>The file where it is at hand, null where it would have to be downloaded.</summary>
    public static string? Find(DataPlace place, RemoteFile file) =>
        new[] { place.MirrorFolder, Downloads(place) }.OfType<string>().Select(f => Path.Combine(f, file.Name)).FirstOrDefault(File.Exists);

    /// <summary>The file, if it would have to be downloaded; null when it is at hand.</summary>
    public static DataToFetch? ToFetch(DataPlace place, RemoteFile file) => Find(place, file) is null ? DataToFetch.Of(file) : null;

    /// <summary>The verified file; its licence is shown before it is downloaded.</summary>
    /// <exception cref="DownloadException">It cannot be had.</exception>
    public static string Fetch(DataPlace place, RemoteFile file, CancellationToken cancellationToken)
    {
        if (Find(place, file) is null)
        {
            place.Events.Note($"{file.Name}: downloading {file.Address}");
            place.Events.Note($"{file.Name}: licence: {file.Licence}");
        }

        using var client = Downloader.CreateClient();
        var progress = new DirectProgress<DownloadProgress>(p => place.Events.Progress($"{file.Name}: downloading", p.Bytes, p.Total));
        return new Downloader(client, new DownloadOptions(), TimeProvider.System).Fetch(file, Downloads(place), place.Mirror, progress, cancellationToken).GetAwaiter().GetResult();
    }

    /// <summary>The folder of LRA's release that holds <paramref name="part"/> (e.g. "tsv_data"), null where there is none.</summary>
    public static string? Release(DataPlace place, string part) =>
        new[] { place.MirrorFolder, Unpacked(place) }.OfType<string>().FirstOrDefault(f => LongRangeArenaRelease.Find(f, part) is not null);

    /// <summary>As <see cref="Release"/>; downloads (7.7 GB) and unpacks the release where it is not there.</summary>
    /// <exception cref="DownloadException">It cannot be had.</exception>
    /// <exception cref="DataFormatException">It does not hold that part.</exception>
    public static string FetchRelease(DataPlace place, string part, CancellationToken cancellationToken)
    {
        if (Release(place, part) is { } there)
        {
            return there;
        }

        var archive = Fetch(place, KnownFiles.LongRangeArena, cancellationToken);
        var bytes = new FileInfo(archive).Length;
        LongRangeArenaRelease.Unpack(archive, Unpacked(place), new DirectProgress<long>(done => place.Events.Progress($"{KnownFiles.LongRangeArena.Name}: unpacking", done, bytes)), cancellationToken);
        return Release(place, part) ?? throw new DataFormatException($"{archive} holds no {part}; this is not LRA's release");
    }

    /// <summary>Progress of something that is counted from 0 to 1.</summary>
    public static IProgress<double> Fraction(DataPlace place, string what) => new DirectProgress<double>(f => place.Events.Progress(what, f, 1));

    private static string Downloads(DataPlace place) => Path.Combine(place.Root, "downloads");

    private static string Unpacked(DataPlace place) => Path.Combine(Downloads(place), "lra_release");

    /// <summary><see cref="Progress{T}"/> would report from the thread pool, out of order.</summary>
    private sealed class DirectProgress<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
