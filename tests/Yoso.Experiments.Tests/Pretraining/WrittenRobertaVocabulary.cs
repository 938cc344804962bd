// SPDX-License-Identifier: MIT
using System.IO.Compression;
using System.Text.Json;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Pretraining;

/// <summary>roberta-base's files as a mirror may hold them: GPT-2's tokens numbered downwards from 50263, so that no id is what the other numbering gives.</summary>
internal static class WrittenRobertaVocabulary
{
    public static void Write(string mirror)
    {
        var gpt2 = Path.Combine(SampleFolder.Locate(), "vocab", "gpt2");
        var folder = Directory.CreateDirectory(Path.Combine(mirror, "roberta-base")).FullName;
        using var source = new GZipStream(File.OpenRead(Path.Combine(gpt2, "encoder.json.gz")), CompressionMode.Decompress);
        var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(source)!.Where(p => p.Key != "<|endoftext|>").ToDictionary(p => p.Key, p => 50263 - p.Value);
        foreach (var (token, id) in new[] { ("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", 50264) }) ids[token] = id;
        File.WriteAllText(Path.Combine(folder, "vocab.json"), JsonSerializer.Serialize(ids));
        File.Copy(Path.Combine(gpt2, "vocab.bpe.gz"), Path.Combine(folder, "merges.txt.gz"));
    }
}
