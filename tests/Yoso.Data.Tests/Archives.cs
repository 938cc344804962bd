// SPDX-License-Identifier: MIT
using System.Formats.Tar;
using System.IO.Compression;

namespace Yoso.Data.Tests;

/// <summary>Writes the compressed files that the loaders read.</summary>
internal static class Archives
{
    internal static void TarGz(string path, params (string Name, byte[] Content)[] entries)
    {
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        using var tar = new TarWriter(gzip, TarEntryFormat.Ustar);
        foreach (var (name, content) in entries)
        {
            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }
    }

    internal static void Gz(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var gzip = new GZipStream(File.Create(path), CompressionLevel.Fastest);
        gzip.Write(content);
    }

    internal static void Truncate(string path, double share)
    {
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(int)(bytes.Length * share)]);
    }
}
