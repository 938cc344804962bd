// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Text.Json;

namespace Yoso.Models.WeightFiles;

/// <summary>huggingface/safetensors: 8 bytes of header length, a JSON header, then the values without gap or overlap.</summary>
internal static class SafeTensorsReader
{
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 4, AllowDuplicateProperties = false };

    /// <summary>A plausible header length, then an opening brace.</summary>
    public static bool Recognises(ReadOnlySpan<byte> start, long fileLength) =>
        start.Length > 8 && start[8] == (byte)'{' && BinaryPrimitives.ReadUInt64LittleEndian(start) is var length && (length <= (ulong)(fileLength - 8) || length <= WeightLimits.HeaderBytes);

    /// <exception cref="WeightFileException">The header lies about the file.</exception>
    public static WeightFile Open(string path)
    {
        using var stream = File.OpenRead(path);
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > WeightLimits.HeaderBytes) throw new WeightFileException($"{path} states a header of {length} bytes; this is no safetensors file");
        if (length > (ulong)(stream.Length - 8)) throw new WeightFileException($"{path} is cut off inside its header; download it again");
        var header = new byte[length];
        stream.ReadExactly(header);
        try
        {
            using var json = JsonDocument.Parse(header, Json);
            return Read(path, json.RootElement, 8 + (long)length, stream.Length);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new WeightFileException($"{path} has a damaged header ({e.Message.Split('\n')[0].TrimEnd('.', '\r')}); download it again", e);
        }
    }

    private static WeightFile Read(string path, JsonElement header, long dataStart, long fileLength)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        var entries = new List<(WeightEntry Entry, long Begin, long End)>();
        foreach (var property in header.EnumerateObject())
        {
            if (property.Name == "__metadata__")
            {
                foreach (var text in property.Value.EnumerateObject()) metadata[text.Name] = text.Value.GetString() ?? "";
                continue;
            }
            entries.Add(Entry(path, property.Name, property.Value, dataStart));
        }
        long expected = 0;
        foreach (var (entry, begin, end) in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (begin != expected) throw new WeightFileException($"{path}: '{entry.Name}' starts at byte {begin} of the values instead of {expected}: tensors {(begin < expected ? "overlap" : "leave a gap")}; the file is damaged or forged");
            expected = end;
        }
        if (dataStart + expected > fileLength) throw new WeightFileException($"{path} is cut off: {fileLength} bytes instead of {dataStart + expected}; download it again");
        if (dataStart + expected < fileLength) throw new WeightFileException($"{path} has {fileLength - dataStart - expected} bytes behind its last tensor; the file is damaged or forged");
        return new WeightFile(path, "safetensors", [.. entries.Select(e => e.Entry)], [], metadata, null);
    }

    private static (WeightEntry Entry, long Begin, long End) Entry(string path, string name, JsonElement about, long dataStart)
    {
        long[] shape = [.. about.GetProperty("shape").EnumerateArray().Select(n => n.GetInt64())];
        if (WeightLimits.Problem(name, shape) is { } problem) throw new WeightFileException($"{path} {problem}; it is damaged or forged");
        var dtype = about.GetProperty("dtype").GetString()!;
        var type = ElementTypes.OfSafeTensors(dtype) ?? throw new WeightFileException($"{path}: '{name}' has the type {dtype}, which is not read here; save it as F32, F16 or BF16");
        long[] offsets = [.. about.GetProperty("data_offsets").EnumerateArray().Select(n => n.GetInt64())];
        var bytes = WeightLimits.Count(shape) * type.Bytes();
        if (offsets is not [var begin, var end] || begin < 0 || end < begin || end - begin != bytes)
        {
            throw new WeightFileException($"{path}: '{name}' [{string.Join(", ", shape)}] {dtype} needs {bytes} bytes, its offsets are [{string.Join(", ", offsets)}]; the file is damaged or forged");
        }
        var values = new StoredValues(name, () =>
        {
            var stream = File.OpenRead(path);
            stream.Position = dataStart + begin;
            return stream;
        }, bytes);
        return (new WeightEntry(name, type, shape, values, 0, WeightEntry.RowMajor(shape)), begin, end);
    }
}
