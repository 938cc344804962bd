// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text.Json;

namespace Yoso.Data;

/// <summary>
/// SHA-256 of files, each read once: remembered in the user's cache folder by path, size, time of change and time of birth (a file
/// that was replaced has another one). A lost or damaged memory costs a read, never a wrong digest.
/// </summary>
internal sealed class FileDigestMemory(string file)
{
    private const long SmallestRemembered = 1 << 20; // below, hashing is cheaper than remembering
    private readonly Lock _gate = new();
    private Dictionary<string, Entry>? _entries;

    private sealed record Entry(long Size, long Changed, long Born, string Sha256);

    internal static FileDigestMemory OfUser { get; } = new(Path.Combine(
        Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache ? cache : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
        "yoso", "file-digests.json"));

    /// <summary>Lower-case hex SHA-256 of the file's content.</summary>
    internal string Digest(string path)
    {
        var full = Path.GetFullPath(path);
        var info = new FileInfo(full);
        var (size, changed, born) = (info.Length, info.LastWriteTimeUtc.Ticks, info.CreationTimeUtc.Ticks);
        if (size < SmallestRemembered)
        {
            return Read(full);
        }

        lock (_gate)
        {
            _entries ??= Load();
            if (_entries.TryGetValue(full, out var known) && (known.Size, known.Changed, known.Born) == (size, changed, born))
            {
                return known.Sha256;
            }

            var digest = Read(full);
            _entries[full] = new Entry(size, changed, born, digest);
            Save();
            return digest;
        }
    }

    private static string Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private Dictionary<string, Entry> Load()
    {
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllBytes(file)) ?? [];
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private void Save()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            var partial = $"{file}.{Environment.ProcessId}.partial";
            File.WriteAllBytes(partial, JsonSerializer.SerializeToUtf8Bytes(_entries));
            File.Move(partial, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A read-only home only costs the reading again.
        }
    }
}
