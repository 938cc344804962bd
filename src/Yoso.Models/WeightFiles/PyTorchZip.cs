// SPDX-License-Identifier: MIT
using System.IO.Compression;
using System.Text;
using Yoso.Models.WeightFiles.Pickle;

namespace Yoso.Models.WeightFiles;

/// <summary>torch.save since PyTorch 1.6: an uncompressed zip archive with name/data.pkl and a record name/data/KEY for each storage.</summary>
internal static class PyTorchZip
{
    /// <exception cref="WeightFileException">Damaged, forged or not weights.</exception>
    public static WeightFile Open(string path)
    {
        ZipArchive? zip = null;
        try
        {
            zip = ZipFile.OpenRead(path);
            var file = Read(path, zip, new FileInfo(path).Length);
            zip = null;
            return file;
        }
        catch (InvalidDataException e)
        {
            throw new WeightFileException($"{path} is a damaged zip archive or is cut off; download it again", e);
        }
        catch (PickleException e)
        {
            throw new WeightFileException($"{path}: {e.Message}", e);
        }
        finally
        {
            zip?.Dispose();
        }
    }

    private static WeightFile Read(string path, ZipArchive zip, long fileBytes)
    {
        var records = Records(path, zip, fileBytes);
        var pickles = records.Keys.Where(n => n.EndsWith("/data.pkl", StringComparison.Ordinal)).ToArray();
        if (pickles is not [var pickle]) throw new WeightFileException($"{path} is a zip archive with {pickles.Length} data.pkl instead of one: PyTorch did not write it");
        var prefix = pickle[..^"data.pkl".Length];
        if (records.ContainsKey(prefix + "constants.pkl")) throw new WeightFileException($"{path} is a TorchScript program, not a state dict; save model.state_dict()");
        if (records.TryGetValue(prefix + "byteorder", out var order) && Text(order) != "little") throw new WeightFileException($"{path} was written on a big-endian machine; save it again on another");

        var seen = new Dictionary<string, PickleStorage>(StringComparer.Ordinal);
        object? root;
        using (var stream = new BufferedStream(records[pickle].Open(), 1 << 16))
        {
            root = RestrictedUnpickler.Load(stream, id => StateDict.Storage(id, seen));
        }
        var (tensors, others) = StateDict.Read(root, storage => Values(records, prefix, storage), fileBytes);
        return new WeightFile(path, "PyTorch zip", tensors, others, new Dictionary<string, string>(), zip);
    }

    /// <summary>The records by name. Names are only ever compared, never used as paths.</summary>
    private static Dictionary<string, ZipArchiveEntry> Records(string path, ZipArchive zip, long fileBytes)
    {
        var records = new Dictionary<string, ZipArchiveEntry>(StringComparer.Ordinal);
        long total = 0;
        foreach (var entry in zip.Entries)
        {
            // torch.save stores its records as they are; so a record cannot unpack to more than the file holds.
            if (entry.CompressedLength != entry.Length) throw new WeightFileException($"{path} has a compressed record; torch.save writes none: unzip it and zip it again without compression");
            total += entry.Length;
            if (entry.Length < 0 || total > fileBytes) throw new WeightFileException($"{path} has records that overlap or go past its end; it is forged or damaged");
            if (!records.TryAdd(entry.FullName, entry)) throw new WeightFileException($"{path} has two records of one name; it is forged");
        }
        return records;
    }

    private static StoredValues Values(Dictionary<string, ZipArchiveEntry> records, string prefix, PickleStorage storage)
    {
        var bytes = storage.Count * storage.Type.Bytes();
        if (!records.TryGetValue($"{prefix}data/{storage.Key}", out var record)) throw new PickleException("a storage has no record in the archive; the file is damaged or forged");
        return record.Length == bytes
            ? new StoredValues(storage.Key, record.Open, bytes)
            : throw new PickleException($"storage {storage.Key} has {record.Length} bytes instead of {bytes}; the file is damaged or forged");
    }

    private static string Text(ZipArchiveEntry record)
    {
        using var stream = record.Open();
        var bytes = new byte[16];
        return Encoding.ASCII.GetString(bytes, 0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
    }
}
