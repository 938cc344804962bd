// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;
using Yoso.Data.Images;

namespace Yoso.Data.Pathfinder;

/// <summary>Images and labels of LRA's release: metadata/*.npy, which are plain text, and the PNG files that they name.</summary>
internal static class PathfinderRelease
{
    private const int Side = 32;
    private const int MaxLineBytes = 1 << 16;

    /// <summary>One image of the release: path relative to its folder, label 0 or 1.</summary>
    internal readonly record struct Entry(string Image, int Label);

    /// <summary>The folder of the hard set at or below a path, wherever the archive was unpacked; null if there is none.</summary>
    internal static string? Find(string folder)
    {
        var nested = LongRangeArenaRelease.Find(folder, Path.Combine("pathfinder32", "curv_contour_length_14"))
            ?? LongRangeArenaRelease.Find(folder, "curv_contour_length_14");
        if (nested is not null && Directory.Exists(Path.Combine(nested, "metadata"))) return nested;
        return Directory.Exists(Path.Combine(folder, "metadata")) && Directory.Exists(Path.Combine(folder, "imgs")) ? folder : null;
    }

    /// <summary>Metadata files in the order of their numbers.</summary>
    internal static string[] MetadataFiles(string folder) =>
    [
        .. Directory.GetFiles(Path.Combine(folder, "metadata"), "*.npy")
            .OrderBy(path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : int.MaxValue)
            .ThenBy(path => path, StringComparer.Ordinal),
    ];

    /// <summary>One line an image, separated by spaces: folder, file, index, label, and parameters.</summary>
    internal static IEnumerable<Entry> ReadMetadata(string path)
    {
        var entries = new List<Entry>();
        using var stream = File.OpenRead(path);
        var lines = new Utf8LineReader(stream, path, MaxLineBytes);
        while (lines.TryRead(out var line))
        {
            var columns = Encoding.UTF8.GetString(line).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (columns.Length < 4) throw DataFormatException.At(path, lines.Line, 1, "folder, file, index and label are expected");
            var image = $"{columns[0]}/{columns[1]}";
            if (Path.IsPathRooted(image) || image.Split('/', '\\').Contains("..")) throw DataFormatException.At(path, lines.Line, 1, "the image lies outside the folder");
            var label = columns[3] switch
            {
                "0" => 0,
                "1" => 1,
                _ => throw DataFormatException.At(path, lines.Line, 1, $"column 4, the label, must be 0 or 1, not {columns[3][..Math.Min(20, columns[3].Length)]}"),
            };
            entries.Add(new Entry(image, label));
        }
        return entries;
    }

    /// <summary>Grey values of an image, null for the empty files that the release has.</summary>
    internal static ushort[]? ReadImage(string folder, Entry entry)
    {
        var path = Path.Combine(folder, entry.Image);
        if (!File.Exists(path)) throw new DataFormatException($"{path} is missing; unpack the release again");
        var file = File.ReadAllBytes(path);
        if (file.Length == 0) return null;
        var (width, height, grey) = GreyPng.Read(file, path);
        return width == Side && height == Side
            ? Array.ConvertAll(grey, value => (ushort)value)
            : throw new DataFormatException($"{path} has {width} x {height} pixels, {Side} x {Side} are expected");
    }
}
