// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Yoso.Data.Tokenization;

/// <summary>Learns a byte-level BPE vocabulary from text, for runs without a published one.</summary>
/// <remarks>
/// Sennrich et al. (2016) over GPT-2's words. No .NET library trains vocabularies; sentencepiece's own tool does for unigram
/// models (<see cref="UnigramTrainer"/>). Ties go to the pair of older tokens, so the result depends on the text alone.
/// </remarks>
public sealed class BpeTrainer
{
    /// <summary>Smallest vocabulary: 256 bytes and &lt;|endoftext|&gt;.</summary>
    public const int SmallestVocabulary = 257;

    private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

    /// <summary>Counts the words of a text. Memory grows with the number of different words.</summary>
    public void Add(ReadOnlySpan<char> text)
    {
        var words = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        text = WellFormed.Repair(text);
        while (!text.IsEmpty)
        {
            var length = Gpt2Words.Length(text);
            CollectionsMarshal.GetValueRefOrAddDefault(words, text[..length], out _)++;
            text = text[length..];
        }
    }

    /// <summary>Writes encoder.json and vocab.bpe, which <see cref="ByteLevelBpeTokenizer"/> loads with GPT-2's or RoBERTa's special ids.</summary>
    /// <param name="vocabularySize">Tokens including the 256 bytes and &lt;|endoftext|&gt;; fewer, where the text has no more pairs that occur twice.</param>
    /// <returns>The size reached.</returns>
    public int Train(int vocabularySize, string folder)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, SmallestVocabulary);
        var tokens = BytesInAlphabetOrder().Select(b => ByteAlphabet.Character(b).ToString()).ToList();
        var merges = new List<string>();
        var pairs = new BpePairs(counts.OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => (Ids(entry.Key), entry.Value)));
        while (tokens.Count + 1 < vocabularySize && pairs.TryPop(out var pair))
        {
            merges.Add($"{tokens[pair.Left]} {tokens[pair.Right]}");
            pairs.Merge(pair, tokens.Count);
            tokens.Add(tokens[pair.Left] + tokens[pair.Right]);
        }
        tokens.Add("<|endoftext|>");
        Directory.CreateDirectory(folder);
        Write(Path.Combine(folder, "vocab.bpe"), "#version: 0.2\n" + string.Concat(merges.Select(merge => merge + "\n")));
        var ids = tokens.Select((token, id) => string.Create(CultureInfo.InvariantCulture, $"{JsonSerializer.Serialize(token)}: {id}"));
        Write(Path.Combine(folder, "encoder.json"), "{" + string.Join(", ", ids) + "}");
        return tokens.Count;
    }

    private static void Write(string path, string text)
    {
        File.WriteAllText(path + ".partial", text);
        File.Move(path + ".partial", path, overwrite: true);
    }

    private static readonly int[] IdOfByte = InvertedAlphabet();

    private static int[] Ids(string word) => [.. Encoding.UTF8.GetBytes(word).Select(b => IdOfByte[b])];

    /// <summary>GPT-2 numbers the printable bytes first.</summary>
    private static IEnumerable<byte> BytesInAlphabetOrder() => Enumerable.Range(0, 256).Select(b => (byte)b).OrderBy(b => ByteAlphabet.Character(b));

    private static int[] InvertedAlphabet()
    {
        var ids = new int[256];
        foreach (var (b, id) in BytesInAlphabetOrder().Select((b, id) => (b, id))) ids[b] = id;
        return ids;
    }
}
