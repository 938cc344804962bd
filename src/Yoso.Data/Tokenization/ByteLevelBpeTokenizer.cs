// SPDX-License-Identifier: MIT
using System.Text;

namespace Yoso.Data.Tokenization;

/// <summary>Byte-level BPE (Radford et al., 2019): every text has ids, and they decode to exactly that text.</summary>
/// <remarks>
/// Words are cut by <see cref="Gpt2Words"/> and merged by <see cref="ByteMerges"/>; docs/tokenizers.md says what is wrong with those
/// of Microsoft.ML.Tokenizers, which the tests hold these against where it is right.
/// </remarks>
public sealed class ByteLevelBpeTokenizer : ITokenizer
{
    private const int Rules = 1;
    private const int RobertaSpecials = 4;
    private const int RobertaVocabulary = 50265;
    private readonly ByteMerges merges;
    private readonly WordCache cache = new();
    private readonly byte[]?[] bytes;

    private ByteLevelBpeTokenizer(TokenizerKind kind, BpeFiles files, SpecialTokens special)
    {
        (Kind, Special, VocabularySize, Digest) = (kind, special, files.Size, files.Digest(kind, Rules));
        bytes = new byte[]?[files.Size];
        foreach (var (token, id) in files.Ids) bytes[id] = Spelled(token);
        merges = new ByteMerges(files);
    }

    public TokenizerKind Kind { get; }

    public int VocabularySize { get; }

    public SpecialTokens Special { get; }

    public string Digest { get; }

    /// <summary>GPT-2's ids. &lt;|endoftext|&gt; is start, end, padding and unknown alike; there is no mask.</summary>
    /// <inheritdoc cref="TokenizerFiles.Open" path="/exception"/>
    public static ByteLevelBpeTokenizer LoadGpt2(string folder)
    {
        var files = BpeFiles.Read(folder);
        var end = files.Id("<|endoftext|>");
        return new ByteLevelBpeTokenizer(TokenizerKind.Gpt2, files, new SpecialTokens(end, end, end, end, -1));
    }

    /// <summary>
    /// RoBERTa's ids: &lt;s&gt; 0, &lt;pad&gt; 1, &lt;/s&gt; 2, &lt;unk&gt; 3, &lt;mask&gt; last. With roberta-base's own vocab.json all ids are
    /// those of the published weights. From GPT-2's files the special ids, the size 50,265 and the segmentation are RoBERTa's and a
    /// token's id is GPT-2's + 4: good for training from scratch, useless with published weights.
    /// </summary>
    /// <inheritdoc cref="TokenizerFiles.Open" path="/exception"/>
    public static ByteLevelBpeTokenizer LoadRoberta(string folder)
    {
        var files = BpeFiles.Read(folder);
        if (!files.Ids.ContainsKey("<mask>")) files = files.WithRobertaSpecials(RobertaSpecials, RobertaVocabulary);
        var special = new SpecialTokens(files.Id("<s>"), files.Id("</s>"), files.Id("<pad>"), files.Id("<unk>"), files.Id("<mask>"));
        return new ByteLevelBpeTokenizer(TokenizerKind.Roberta, files, special);
    }

    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        text = WellFormed.Repair(text);
        while (!text.IsEmpty)
        {
            var word = text[..Gpt2Words.Length(text)];
            if (!cache.TryGet(word, out var found))
            {
                found = Merge(word);
                cache.Add(word, found);
            }
            ids.AddRange(found.AsSpan());
            text = text[word.Length..];
        }
    }

    private int[] Merge(ReadOnlySpan<char> word)
    {
        var utf8 = new byte[Encoding.UTF8.GetByteCount(word)];
        Encoding.UTF8.GetBytes(word, utf8);
        return merges.Apply(utf8);
    }

    public string Decode(ReadOnlySpan<int> ids)
    {
        using var text = new MemoryStream();
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)VocabularySize) throw new ArgumentOutOfRangeException(nameof(ids), id, $"ids go from 0 to {VocabularySize - 1}");
            if (!Special.Contains(id)) text.Write(bytes[id] ?? []); // fairseq has entries that spell nothing
        }
        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>The bytes that a token of the vocabulary spells; special tokens are outside the alphabet only by chance and are told by id.</summary>
    private static byte[] Spelled(string token)
    {
        var spelled = new byte[token.Length];
        for (var i = 0; i < token.Length; i++) spelled[i] = ByteAlphabet.Byte(token[i]) ?? (byte)'?';
        return spelled;
    }
}
