// SPDX-License-Identifier: MIT
using System.Formats.Tar;
using System.IO.Compression;

namespace Yoso.Data;

internal sealed record ArchiveEntry(string Name, byte[] Content);

/// <summary>Files of a .tar.gz, read into memory one after another or unpacked below a folder.</summary>
internal static class TarGzArchive
{
    /// <param name="maxBytes">A wanted entry larger than this is refused before it is read.</param>
    /// <exception cref="DataFormatException">Not a .tar.gz, cut off, or an entry that points outside the archive.</exception>
    internal static IEnumerable<ArchiveEntry> Read(string path, int maxBytes, Func<string, bool> wanted)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; download it first");
        using var file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        while (Guard(path, () => Next(tar, path, maxBytes, wanted)) is { } step)
        {
            if (step.Entry is { } entry) yield return entry;
        }
    }

    /// <summary>Unpacks the files to which <paramref name="relative"/> gives a path below <paramref name="folder"/>; the first of several of one path counts.</summary>
    /// <param name="progress">Receives the compressed bytes read.</param>
    /// <returns>How many files were unpacked.</returns>
    /// <exception cref="DataFormatException">As for <see cref="Read"/>.</exception>
    internal static int Unpack(string path, string folder, Func<string, string?> relative, IProgress<long>? progress, CancellationToken cancellation)
    {
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; download it first");
        using var file = File.OpenRead(path);
        using var gzip = new GZipStream(file, CompressionMode.Decompress);
        using var tar = new TarReader(gzip);
        var count = 0;
        while (Guard(path, () => UnpackNext(tar, path, folder, relative)) is { } unpacked)
        {
            cancellation.ThrowIfCancellationRequested();
            count += unpacked ? 1 : 0;
            progress?.Report(file.Position);
        }
        return count;
    }

    /// <summary>Null at the end of the archive, false where an entry is skipped.</summary>
    private static bool? UnpackNext(TarReader tar, string path, string folder, Func<string, string?> relative)
    {
        if (tar.GetNextEntry() is not { } entry) return null;
        if (!IsRegular(entry) || relative(CheckedName(entry, path)) is not { } name) return false;
        var target = Path.Combine(folder, name);
        if (File.Exists(target)) return false;
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        using var output = File.Create(target);
        entry.DataStream?.CopyTo(output);
        return output.Length == entry.Length ? true : throw new EndOfStreamException();
    }

    /// <summary>Null at the end of the archive; a step without entry where one is skipped.</summary>
    private static Step? Next(TarReader tar, string path, int maxBytes, Func<string, bool> wanted)
    {
        if (tar.GetNextEntry() is not { } entry) return null;
        var name = CheckedName(entry, path);
        if (!IsRegular(entry) || !wanted(name)) return new Step(null);
        if (entry.Length > maxBytes) throw new DataFormatException($"{path}: {Printable(name)} has {entry.Length} bytes, at most {maxBytes} are expected");
        var content = new byte[entry.Length];
        entry.DataStream?.ReadExactly(content);
        return new Step(new ArchiveEntry(name, content));
    }

    /// <summary>Links are not files: they are skipped, so nothing is ever written through one.</summary>
    private static bool IsRegular(TarEntry entry) => entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;

    private static string CheckedName(TarEntry entry, string path)
    {
        var name = entry.Name.Replace('\\', '/');
        if (name.StartsWith('/') || name.Split('/').Contains("..") || name.Contains(':', StringComparison.Ordinal))
        {
            throw new DataFormatException($"{path}: the entry {Printable(name)} points outside the archive; this is not the published file");
        }
        return name.StartsWith("./", StringComparison.Ordinal) ? name[2..] : name;
    }

    private static T Guard<T>(string path, Func<T> next)
    {
        try
        {
            return next();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new DataFormatException($"{path} is damaged, cut off or not a .tar.gz file; delete it and download it again", e);
        }
    }

    private static string Printable(string name) => new([.. name.Take(80).Select(c => char.IsControl(c) ? '?' : c)]);

    private sealed record Step(ArchiveEntry? Entry);
}
