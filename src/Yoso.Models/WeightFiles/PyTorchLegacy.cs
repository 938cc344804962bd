// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using Yoso.Models.WeightFiles.Pickle;

namespace Yoso.Models.WeightFiles;

/// <summary>torch.save before PyTorch 1.6: five pickles (magic number, version, machine, data, storage keys), then each storage's count and values.</summary>
internal static class PyTorchLegacy
{
    private const long Version = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <exception cref="WeightFileException">Damaged, forged or not weights.</exception>
    public static WeightFile Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        try
        {
            return Read(path, stream);
        }
        catch (PickleException e)
        {
            throw new WeightFileException($"{path}: {e.Message}", e);
        }
    }

    private static WeightFile Read(string path, FileStream stream)
    {
        var seen = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        if (Plain(stream) is not BigInteger magic || magic != Magic) throw new WeightFileException($"{path} is a pickle that torch.save did not write");
        if (Plain(stream) is not Version) throw new WeightFileException($"{path} has a version of PyTorch's old format that is not known");
        if (Plain(stream) is not PickleDict machine || machine.Find("little_endian") is not true) throw new WeightFileException($"{path} was not written on a little-endian machine; save it again on another");
        var root = RestrictedUnpickler.Load(stream, id => StateDict.Storage(id, seen));
        if (Plain(stream) is not PickleList { Items: var keys }) throw new PickleException("its list of storages is damaged");

        var places = Places(path, stream, keys, seen);
        var (tensors, others) = StateDict.Read(root, s => places.TryGetValue(s.Key, out var values) ? values : throw new PickleException("a storage is not in its list; the file is damaged or forged"), stream.Length);
        return new WeightFile(path, "PyTorch legacy", tensors, others, new Dictionary<string, string>(), null);
    }

    private static Dictionary<string, StoredValues> Places(string path, FileStream stream, List<object?> keys, Dictionary<string, PickleStorage> seen)
    {
        var places = new Dictionary<string, StoredValues>(StringComparer.Ordinal);
        Span<byte> number = stackalloc byte[8];
        foreach (var item in keys)
        {
            if (item is not string key || !seen.TryGetValue(key, out var storage) || places.ContainsKey(key)) throw new PickleException("its list of storages does not fit its tensors");
            stream.ReadExactly(number);
            var count = BinaryPrimitives.ReadInt64LittleEndian(number);
            if (count != storage.Count) throw new PickleException($"storage {places.Count + 1} has {count} elements instead of {storage.Count}; the file is damaged or forged");
            var (start, bytes) = (stream.Position, count * storage.Type.Bytes());
            if (bytes > stream.Length - start) throw new WeightFileException($"{path} is cut off inside storage {places.Count + 1} of {keys.Count}; download it again");
            places[key] = new StoredValues(key, () =>
            {
                var values = File.OpenRead(path);
                values.Position = start;
                return values;
            }, bytes);
            stream.Position = start + bytes;
        }
        return stream.Position == stream.Length ? places : throw new WeightFileException($"{path} has {stream.Length - stream.Position} bytes behind its last storage; it is damaged or forged");
    }

    private static object? Plain(Stream stream) => RestrictedUnpickler.Load(stream, _ => throw new PickleException("refused: a storage outside the data"));
}
