// SPDX-License-Identifier: MIT
using System.Text;
using Library = Microsoft.ML.Tokenizers;

namespace Yoso.Data.Tokenization;

/// <summary>WordPiece as BERT uncased (Devlin et al., 2019): normalised words, each cut into the longest pieces from the left.</summary>
/// <remarks>
/// Microsoft.ML.Tokenizers cuts a word into pieces; normalising and splitting (<see cref="BertWords"/>) are ours, since its BERT
/// tokenizer loses signs and accents there (docs/tokenizers.md).
/// </remarks>
public sealed class WordPieceTokenizer : ITokenizer
{
    private const int Rules = 1;
    private const int LongestWord = 100; // characters; a longer word is [UNK], as in BERT
    private const string Continuation = "##";
    private readonly Library.WordPieceTokenizer pieces;
    private readonly WordCache cache = new();
    private readonly string[] tokens;

    private WordPieceTokenizer(string path, byte[] vocabulary)
    {
        tokens = ReadTokens(path, vocabulary);
        var ids = new Dictionary<string, int>(tokens.Length);
        for (var id = 0; id < tokens.Length; id++)
        {
            if (!ids.TryAdd(tokens[id], id)) throw DataFormatException.At(path, id + 1, 1, $"the token {tokens[id]} occurs twice");
        }
        int Id(string token) => ids.TryGetValue(token, out var id) ? id : throw new DataFormatException($"{path} has no {token}; this is not a BERT vocabulary");
        Special = new SpecialTokens(Id("[CLS]"), Id("[SEP]"), Id("[PAD]"), Id("[UNK]"), Id("[MASK]"));
        Digest = TokenizerFiles.Digest(Kind, Rules, vocabulary);
        var options = new Library.WordPieceOptions
        {
            PreTokenizer = WholeText.Instance,
            UnknownToken = "[UNK]",
            ContinuingSubwordPrefix = Continuation,
            MaxInputCharsPerWord = 2 * LongestWord,
        };
        pieces = Library.WordPieceTokenizer.Create(new MemoryStream(vocabulary), options);
    }

    public TokenizerKind Kind => TokenizerKind.BertUncased;

    public int VocabularySize => tokens.Length;

    public SpecialTokens Special { get; }

    public string Digest { get; }

    /// <param name="path">vocab.txt: a token a line, its id is the line's number from 0.</param>
    /// <inheritdoc cref="TokenizerFiles.Open" path="/exception"/>
    public static WordPieceTokenizer Load(string path) => new(path, TokenizerFiles.Read(path));

    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        var words = new BertWords(text);
        while (words.TryNext(out var word))
        {
            if (!cache.TryGet(word, out var found))
            {
                found = Pieces(word);
                cache.Add(word, found);
            }
            ids.AddRange(found.AsSpan());
        }
    }

    /// <summary>Words with single spaces between them: white space, capitals and accents of the text are lost.</summary>
    /// <inheritdoc cref="ITokenizer.Decode" path="/exception"/>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder();
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)VocabularySize) throw new ArgumentOutOfRangeException(nameof(ids), id, $"ids go from 0 to {VocabularySize - 1}");
            if (Special.IsMarker(id)) continue;
            var continues = tokens[id].Length > 2 && tokens[id].StartsWith(Continuation, StringComparison.Ordinal);
            if (!continues && text.Length > 0) text.Append(' ');
            text.Append(continues ? tokens[id].AsSpan(2) : tokens[id]);
        }
        return text.ToString();
    }

    private int[] Pieces(ReadOnlySpan<char> word)
    {
        var characters = 0;
        foreach (var _ in word.EnumerateRunes()) characters++;
        return characters > LongestWord ? [Special.Unknown] : [.. pieces.EncodeToIds(word)];
    }

    private static string[] ReadTokens(string path, byte[] vocabulary)
    {
        var lines = Encoding.UTF8.GetString(vocabulary).Split('\n');
        for (var i = 0; i < lines.Length; i++) lines[i] = lines[i].TrimEnd('\r');
        return lines[^1].Length == 0 ? lines[..^1] : lines;
    }
}
