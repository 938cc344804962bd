// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>LRA's release (lra_release.gz, a tar archive in spite of its name): ListOps, Retrieval and Pathfinder32 are taken out of it, nothing else.</summary>
public static class LongRangeArenaRelease
{
    private const string HardPathfinder = "pathfinder32/curv_contour_length_14/";
    private static readonly string[] Nesting = ["", "lra_release", Path.Combine("lra_release", "lra_release")];
    private static readonly string[] Wanted = ["listops-1000/", "tsv_data/new_aan_pairs.", HardPathfinder];

    /// <summary>Unpacks what is needed (about 5 GB of 18.6 GB) into <paramref name="target"/>, which appears when it is whole; nothing is done where it is there.</summary>
    /// <param name="progress">Receives the bytes of the archive read so far.</param>
    /// <exception cref="DataFormatException">The archive is damaged or hostile, or holds none of it.</exception>
    public static void Unpack(string archive, string target, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        if (Directory.Exists(target)) return;
        var temporary = Path.TrimEndingDirectorySeparator(target) + $".{Guid.NewGuid():N}.partial";
        Directory.CreateDirectory(temporary);
        try
        {
            var count = TarGzArchive.Unpack(archive, temporary, Relative, progress, cancellation);
            if (count == 0) throw new DataFormatException($"{archive} holds no listops-1000, tsv_data or pathfinder32; this is not LRA's release");
            Directory.Move(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
    }

    /// <summary>A folder of the release by its name, wherever below <paramref name="root"/> the archive was unpacked; null if it is not there.</summary>
    public static string? Find(string root, string folder) =>
        Nesting.Select(above => Path.Combine(root, above, folder)).FirstOrDefault(Directory.Exists);

    /// <summary>The archive nests its folders once or twice and has some of them at both depths; they are put at the top.</summary>
    private static string? Relative(string name)
    {
        while (name.StartsWith("lra_release/", StringComparison.Ordinal)) name = name["lra_release/".Length..];
        return Wanted.Any(wanted => name.StartsWith(wanted, StringComparison.Ordinal)) ? name : null;
    }
}
