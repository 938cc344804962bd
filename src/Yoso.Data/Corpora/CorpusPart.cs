// SPDX-License-Identifier: MIT
using System.Text.Json;

namespace Yoso.Data.Corpora;

/// <summary>A finished shard: part-00000.json beside part-00000.tokens.</summary>
/// <param name="Split">"train" or "dev" where the source is split already; null where it is drawn.</param>
/// <param name="End">Where the next part begins.</param>
internal sealed record CorpusPart(string Name, string Source, string? Split, long Words, long Documents, long Ids, string Digest, SourcePosition End)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    internal static string NameOf(int number) => $"part-{number:00000}";

    internal static string ShardPath(string folder, string name) => Path.Combine(folder, name + ".tokens");

    internal void Save(string folder)
    {
        var path = Path.Combine(folder, Name + ".json");
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(this, Json) + "\n");
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <summary>The part if it is whole, otherwise null.</summary>
    internal static CorpusPart? Load(string folder, int number)
    {
        try
        {
            var path = Path.Combine(folder, NameOf(number) + ".json");
            if (!File.Exists(path) || JsonSerializer.Deserialize<CorpusPart>(File.ReadAllText(path), Json) is not { } part) return null;
            var shard = TokenShard.Open(ShardPath(folder, part.Name));
            return Convert.ToHexStringLower(shard.Header.Digest) == part.Digest ? part : null;
        }
        catch (Exception e) when (e is JsonException or DataFormatException or IOException)
        {
            return null;
        }
    }
}
