// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Text;

namespace Yoso.Data.Tokenization;

/// <summary>A sentencepiece unigram model (Kudo, 2018): the segmentation with the highest sum of log-probabilities.</summary>
/// <remarks>O(text · longest piece). Sums are made in double and kept in single precision as in the original, so that ties fall alike.</remarks>
public sealed class SentencePieceTokenizer : ITokenizer
{
    private const int Rules = 1;
    private const float UnknownPenalty = 10;
    private const char Meta = '▁';
    private readonly SentencePieceModel model;
    private readonly SentencePieceNormalizer normalizer;
    private readonly PieceTrie trie;
    private readonly float unknownScore;

    /// <summary>The best way to reach a byte: its last piece starts at Start (-1: not reached) and is Id.</summary>
    private struct Arrival
    {
        internal float Score;
        internal int Start;
        internal int Id;
    }

    private SentencePieceTokenizer(string path, byte[] file)
    {
        model = SentencePieceModel.Parse(file, path);
        IEnumerable<(byte[] Key, int Id)> Of(params PieceType[] types) => model.Pieces.Select((piece, id) => (piece, id))
            .Where(p => types.Contains(p.piece.Type)).Select(p => (Encoding.UTF8.GetBytes(p.piece.Text), p.id));
        trie = new PieceTrie(Of(PieceType.Normal, PieceType.UserDefined));
        normalizer = new SentencePieceNormalizer(model, new PieceTrie(Of(PieceType.UserDefined)), path);
        unknownScore = model.Pieces.Where(p => p.Type == PieceType.Normal).Select(p => p.Score).DefaultIfEmpty(0).Min() - UnknownPenalty;
        int Id(params string[] names) => model.Pieces.FindIndex(piece => names.Contains(piece.Text, StringComparer.Ordinal));
        Special = new SpecialTokens(Id("[CLS]", "<s>"), Id("[SEP]", "</s>"), Id("<pad>", "[PAD]"), model.Pieces.FindIndex(p => p.Type == PieceType.Unknown), Id("[MASK]", "<mask>"));
        Digest = TokenizerFiles.Digest(Kind, Rules, file);
    }

    public TokenizerKind Kind => TokenizerKind.SentencePiece;

    public int VocabularySize => model.Pieces.Count;

    /// <summary>A special token that the model does not have is -1.</summary>
    public SpecialTokens Special { get; }

    public string Digest { get; }

    /// <param name="path">The .model file.</param>
    /// <inheritdoc cref="TokenizerFiles.Open" path="/exception"/>
    public static SentencePieceTokenizer Load(string path) => new(path, TokenizerFiles.Read(path));

    public void Encode(ReadOnlySpan<char> text, List<int> ids)
    {
        // Encoding.UTF8 writes U+FFFD for a lone surrogate.
        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        var normalized = new List<byte>(utf8.Length + 8);
        normalizer.Normalize(utf8, normalized);
        Segment(CollectionsMarshal.AsSpan(normalized), ids);
    }

    /// <summary>The pieces, with spaces where words began; unknown pieces appear as " ⁇ ", as in the original.</summary>
    /// <inheritdoc cref="ITokenizer.Decode" path="/exception"/>
    public string Decode(ReadOnlySpan<int> ids)
    {
        var text = new StringBuilder();
        var first = true;
        foreach (var id in ids)
        {
            if ((uint)id >= (uint)VocabularySize) throw new ArgumentOutOfRangeException(nameof(ids), id, $"ids go from 0 to {VocabularySize - 1}");
            var piece = model.Pieces[id];
            if (piece.Type == PieceType.Control || Special.IsMarker(id)) continue;
            var spelled = piece.Type == PieceType.Unknown ? " ⁇ " : piece.Text.Replace(Meta, ' ');
            if (first && model.AddDummyPrefix && piece.Type != PieceType.Unknown && spelled.StartsWith(' ')) spelled = spelled[1..];
            first = false;
            text.Append(spelled);
        }
        return text.ToString();
    }

    private void Segment(ReadOnlySpan<byte> text, List<int> ids)
    {
        var arrivals = new Arrival[text.Length + 1];
        for (var i = 1; i < arrivals.Length; i++) arrivals[i].Start = -1;
        for (var start = 0; start < text.Length;)
        {
            var character = Utf8.CharacterLength(text[start..]);
            var here = arrivals[start].Score;
            var whole = false;
            var node = PieceTrie.Root;
            for (var end = start; end < text.Length;)
            {
                node = trie.Child(node, text[end++]);
                if (node < 0) break;
                if (trie.Value(node) is not (>= 0 and var id)) continue;
                Arrive(ref arrivals[end], start, id, Score(id) + here);
                whole |= end - start == character;
            }
            if (!whole) Arrive(ref arrivals[start + character], start, Special.Unknown, unknownScore + here);
            start += character;
        }
        Collect(arrivals, ids);
    }

    /// <summary>A user-defined piece costs next to nothing, so that it is always taken.</summary>
    private double Score(int id) => model.Pieces[id].Type == PieceType.UserDefined ? -0.1 : model.Pieces[id].Score;

    private static void Arrive(ref Arrival arrival, int start, int id, double score)
    {
        if (arrival.Start >= 0 && score <= arrival.Score) return;
        (arrival.Start, arrival.Id, arrival.Score) = (start, id, (float)score);
    }

    /// <summary>Walks back from the end; neighbouring unknown characters are one unknown piece.</summary>
    private void Collect(Arrival[] arrivals, List<int> ids)
    {
        var first = ids.Count;
        for (var end = arrivals.Length - 1; end > 0; end = arrivals[end].Start)
        {
            var id = arrivals[end].Id;
            if (id != Special.Unknown || ids.Count == first || ids[^1] != id) ids.Add(id);
        }
        CollectionsMarshal.AsSpan(ids)[first..].Reverse();
    }
}
