// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text.Json;

namespace Yoso.Models.WeightFiles;

/// <summary>
/// The file that a training of ours resumes from: 8 bytes of magic, the length of a JSON header (int32), the header with name and shape
/// of every tensor, float32 values one after another, and the SHA-256 of all that. As a file of weights it is the model alone.
/// </summary>
public static class TrainingCheckpoint
{
    /// <summary>Before the name of a tensor of the model; the optimizer's have others.</summary>
    public const string ModelPrefix = "model/";

    public static ReadOnlySpan<byte> Magic => "YOSOCKP1"u8;

    /// <summary>Reads all of it and compares with its digest.</summary>
    /// <exception cref="InvalidDataException">Cut off, corrupt or something else.</exception>
    public static void Verify(FileStream stream)
    {
        Span<byte> magic = stackalloc byte[8];
        var payload = stream.Length - SHA256.HashSizeInBytes;
        if (payload < Magic.Length + 4 || stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length || !magic.SequenceEqual(Magic))
        {
            throw new InvalidDataException("not a checkpoint, or cut off");
        }

        stream.Position = 0;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 20];
        for (var left = payload; left > 0;)
        {
            var read = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, left));
            if (read == 0)
            {
                throw new InvalidDataException("cut off while it was read");
            }

            hash.AppendData(buffer, 0, read);
            left -= read;
        }

        Span<byte> stored = stackalloc byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(stored);
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(stored))
        {
            throw new InvalidDataException("its digest does not match: torn or corrupt");
        }
    }

    /// <exception cref="WeightFileException">The file is damaged.</exception>
    internal static WeightFile Open(string path)
    {
        using var stream = File.OpenRead(path);
        try
        {
            Verify(stream);
            stream.Position = Magic.Length;
            using var reader = new BinaryReader(stream);
            var length = reader.ReadInt32();
            if (length < 0 || length > stream.Length - stream.Position) throw new InvalidDataException("its header is damaged");
            using var header = JsonDocument.Parse(reader.ReadBytes(length));
            return new WeightFile(path, "checkpoint of a training", Entries(path, header.RootElement.GetProperty("tensors"), stream.Position, stream.Length - SHA256.HashSizeInBytes), [], new Dictionary<string, string>(), null);
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException($"{path} is no whole checkpoint ({e.Message.Split('\n')[0].TrimEnd('.', '\r')}); take another one", e);
        }
    }

    private static List<WeightEntry> Entries(string path, JsonElement tensors, long start, long end)
    {
        var entries = new List<WeightEntry>();
        foreach (var tensor in tensors.EnumerateArray())
        {
            var name = tensor.GetProperty("name").GetString()!;
            long[] shape = [.. tensor.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
            if (WeightLimits.Problem(name, shape) is { } problem) throw new InvalidDataException(problem);
            var (at, bytes) = (start, WeightLimits.Count(shape) * sizeof(float));
            start += bytes;
            if (start > end) throw new InvalidDataException($"'{name}' does not fit into it");
            if (!name.StartsWith(ModelPrefix, StringComparison.Ordinal)) continue;
            var values = new StoredValues(name, () =>
            {
                var stream = File.OpenRead(path);
                stream.Position = at;
                return stream;
            }, bytes);
            entries.Add(new WeightEntry(name[ModelPrefix.Length..], ElementType.Float32, shape, values, 0, WeightEntry.RowMajor(shape)));
        }
        return entries;
    }
}
