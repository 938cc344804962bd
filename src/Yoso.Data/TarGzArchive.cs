// SPDX-License-Identifier: MIT
using System.Formats.Tar;
using System.IO.Compression;

namespace Yoso.Data;

internal sealed record ArchiveEntry(string Name, byte[] Content);

/// <summary>Files of a .tar.gz one after another, in memory: nothing is ever unpacked to disk.</summary>
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

    /// <summary>Null at the end of the archive; a step without entry where one is skipped.</summary>
    private static Step? Next(TarReader tar, string path, int maxBytes, Func<string, bool> wanted)
    {
        if (tar.GetNextEntry() is not { } entry) return null;
        var name = entry.Name.Replace('\\', '/');
        if (name.StartsWith('/') || name.Split('/').Contains("..") || name.Contains(':', StringComparison.Ordinal))
        {
            throw new DataFormatException($"{path}: the entry {Printable(name)} points outside the archive; this is not the published file");
        }
        if (name.StartsWith("./", StringComparison.Ordinal)) name = name[2..];
        var regular = entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile;
        if (!regular || !wanted(name)) return new Step(null);
        if (entry.Length > maxBytes) throw new DataFormatException($"{path}: {Printable(name)} has {entry.Length} bytes, at most {maxBytes} are expected");
        var content = new byte[entry.Length];
        entry.DataStream?.ReadExactly(content);
        return new Step(new ArchiveEntry(name, content));
    }

    private static Step? Guard(string path, Func<Step?> next)
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
