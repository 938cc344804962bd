// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Yoso.Data.Corpora;

/// <summary>index.json: the shards of a corpus and which of their blocks or documents are train and dev.</summary>
internal sealed record CorpusIndex(CorpusForm Form, int BlockTokens, IReadOnlyList<CorpusIndex.Shard> Shards, IReadOnlyList<TokenSplit.Run> Train, IReadOnlyList<TokenSplit.Run> Dev)
{
    internal const string FileName = "index.json";
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { NewLine = "\n", WriteIndented = true };

    internal sealed record Shard(string Name, string Source, long Words, long Documents, long Ids, string Digest);

    /// <summary>SHA-256 over everything that decides which ids a split gives.</summary>
    internal string Digest() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, Json))));

    internal void Save(string folder)
    {
        var path = Path.Combine(folder, FileName);
        File.WriteAllText(path + ".partial", JsonSerializer.Serialize(this, Json) + "\n");
        File.Move(path + ".partial", path, overwrite: true);
    }

    /// <exception cref="DataFormatException">Missing or damaged.</exception>
    internal static CorpusIndex Load(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return JsonSerializer.Deserialize<CorpusIndex>(File.ReadAllText(path), Json) ?? throw new JsonException();
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            throw new DataFormatException($"{path} is missing or damaged; delete its folder and prepare the corpus again", e);
        }
    }

    /// <summary>Draws the splits: units of neighbouring items, shuffled, a share of them dev.</summary>
    internal static CorpusIndex Draw(CorpusOptions options, IReadOnlyList<CorpusPart> parts)
    {
        int Items(CorpusPart part) => checked((int)(options.Form == CorpusForm.Blocks ? part.Ids / options.BlockTokens : part.Documents));
        var asked = options.Form == CorpusForm.Blocks ? options.BlocksPerUnit : options.DocumentsPerUnit;
        var drawn = parts.Where(part => part.Split is null).Sum(part => (long)Items(part));
        var size = (int)Math.Clamp(drawn / 20, 1, asked);
        var units = new List<TokenSplit.Run>();
        List<TokenSplit.Run> train = [], dev = [];
        for (var shard = 0; shard < parts.Count; shard++)
        {
            var items = Items(parts[shard]);
            if (parts[shard].Split is { } split) (split == "dev" ? dev : train).Add(new TokenSplit.Run(shard, 0, items));
            else for (var first = 0; first < items; first += size) units.Add(new TokenSplit.Run(shard, first, Math.Min(size, items - first)));
        }
        Shuffle(units, options.SplitSeed);
        var devUnits = units.Count < 2 || options.DevShare == 0 ? 0 : Math.Clamp((int)Math.Round(units.Count * options.DevShare), 1, units.Count - 1);
        dev.AddRange(units.Take(devUnits));
        train.AddRange(units.Skip(devUnits));
        var shards = parts.Select(part => new Shard(part.Name, part.Source, part.Words, part.Documents, part.Ids, part.Digest));
        return new CorpusIndex(options.Form, options.BlockTokens, [.. shards], Sorted(train), Sorted(dev));
    }

    private static List<TokenSplit.Run> Sorted(List<TokenSplit.Run> runs) => [.. runs.OrderBy(run => run.Shard).ThenBy(run => run.First)];

    private static void Shuffle(List<TokenSplit.Run> units, int seed)
    {
        var random = SplitMix64.Stream((ulong)seed, 0);
        for (var i = units.Count - 1; i > 0; i--)
        {
            var j = (int)(random.Next() % (ulong)(i + 1));
            (units[i], units[j]) = (units[j], units[i]);
        }
    }
}
