// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Data.Downloads;

/// <summary>What was downloaded from where: trusted.json in the download folder.</summary>
internal sealed class TrustedDigests(string folder)
{
    internal const string FileName = "trusted.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };
    private readonly string path = Path.Combine(folder, FileName);

    internal sealed record Entry(string Sha256, long Bytes);

    /// <summary>The recorded digest of an address, whichever mirror it came from; null if there is none.</summary>
    internal Entry? Find(Uri address) => Load().GetValueOrDefault(address.AbsoluteUri);

    internal void Record(Uri address, Entry entry)
    {
        var entries = Load();
        entries[address.AbsoluteUri] = entry;
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(entries, Json) + "\n");
        File.Move(path + ".partial", path, overwrite: true);
    }

    private SortedDictionary<string, Entry> Load()
    {
        if (!File.Exists(path)) return new(StringComparer.Ordinal);
        try
        {
            return new(JsonSerializer.Deserialize<Dictionary<string, Entry>>(File.ReadAllText(path), Json) ?? [], StringComparer.Ordinal);
        }
        catch (JsonException e)
        {
            throw new DownloadException($"{path} is damaged; delete it if you trust the files beside it no more than a first download", e);
        }
    }
}
