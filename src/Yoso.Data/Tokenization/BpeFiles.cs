// SPDX-License-Identifier: MIT
using System.Text;
using System.Text.Json;

namespace Yoso.Data.Tokenization;

/// <summary>A byte-level BPE vocabulary: ids of the tokens, and the merges from first to last.</summary>
internal sealed record BpeFiles(Dictionary<string, int> Ids, IReadOnlyList<string> Merges, int Size, string Folder, byte[] IdBytes, byte[] MergeBytes)
{
    /// <summary>OpenAI's names, or Hugging Face's.</summary>
    private static readonly (string Ids, string Merges)[] Names = [("encoder.json", "vocab.bpe"), ("vocab.json", "merges.txt")];

    internal static BpeFiles Read(string folder)
    {
        var names = Names.FirstOrDefault(n => TokenizerFiles.Find(Path.Combine(folder, n.Ids)) is not null);
        if (names.Ids is null) throw new DataFormatException($"{folder} has neither encoder.json nor vocab.json (or .gz); name the folder of the vocabulary");
        var idPath = Path.Combine(folder, names.Ids);
        var mergePath = Path.Combine(folder, names.Merges);
        var idBytes = TokenizerFiles.Read(idPath);
        var mergeBytes = TokenizerFiles.Read(mergePath);
        var ids = ParseIds(idPath, idBytes);
        var merges = ParseMerges(mergePath, mergeBytes, ids);
        for (var b = 0; b < 256; b++)
        {
            if (!ids.ContainsKey(ByteAlphabet.Character((byte)b).ToString())) throw new DataFormatException($"{idPath} has no token for byte {b}; this is not a byte-level vocabulary");
        }
        return new BpeFiles(ids, merges, ids.Values.Max() + 1, folder, idBytes, mergeBytes);
    }

    internal int Id(string token) => Ids.TryGetValue(token, out var id) ? id : throw new DataFormatException($"the vocabulary in {Folder} has no {token}");

    internal string Digest(TokenizerKind kind, int rules) => TokenizerFiles.Digest(kind, rules, IdBytes, MergeBytes);

    /// <summary>Ids moved up by the four specials, &lt;mask&gt; last: room is left for fairseq's three unused entries.</summary>
    internal BpeFiles WithRobertaSpecials(int first, int size)
    {
        var total = Math.Max(size, Size + first + 1);
        // A vocabulary of own training is as large as it is, only GPT-2's gets RoBERTa's size.
        if (Size != 50257) total = Size + first + 1;
        var moved = Ids.Where(entry => entry.Key != "<|endoftext|>").ToDictionary(entry => entry.Key, entry => entry.Value + first);
        foreach (var (token, id) in new[] { ("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", total - 1) }) moved[token] = id;
        return this with { Ids = moved, Size = total };
    }

    private static Dictionary<string, int> ParseIds(string path, byte[] json)
    {
        Dictionary<string, int> ids;
        try
        {
            ids = JsonSerializer.Deserialize<Dictionary<string, int>>(json) ?? [];
        }
        catch (JsonException e)
        {
            throw new DataFormatException($"{path} is not a JSON object of tokens and ids", e);
        }
        if (ids.Count == 0 || ids.Values.Min() < 0 || ids.Values.Max() >= 1 << 24 || ids.Values.Distinct().Count() != ids.Count)
        {
            throw new DataFormatException($"{path} must give each token an id of its own, 0 or more");
        }
        return ids;
    }

    private static List<string> ParseMerges(string path, byte[] text, Dictionary<string, int> ids)
    {
        var merges = new List<string>();
        var number = 0;
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n'))
        {
            number++;
            var merge = line.TrimEnd('\r');
            if (merge.Length == 0 || (number == 1 && merge.StartsWith("#version", StringComparison.Ordinal))) continue;
            var space = merge.IndexOf(' ', StringComparison.Ordinal);
            var ok = space > 0 && merge.IndexOf(' ', space + 1) < 0 &&
                ids.ContainsKey(merge[..space]) && ids.ContainsKey(merge[(space + 1)..]) && ids.ContainsKey(merge.Remove(space, 1));
            merges.Add(ok ? merge : throw DataFormatException.At(path, number, 1, "a merge is two tokens of the vocabulary that make a third"));
        }
        return merges;
    }
}
