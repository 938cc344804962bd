// SPDX-License-Identifier: MIT
using Yoso.Data.Corpora;
using Yoso.Data.Tokenization;

namespace Yoso.Experiments.Pretraining;

/// <summary>What examples are cut from: documents of segments (BERT) or blocks of equal length (RoBERTa), as token ids.</summary>
internal interface ITokenSource
{
    /// <summary>Documents, or blocks.</summary>
    int Count { get; }

    /// <summary>Segments of a document; 1 for a block.</summary>
    int SegmentCount(int item);

    ReadOnlySpan<ushort> Segment(int item, int segment);
}

/// <summary>A split of a prepared corpus.</summary>
internal sealed class SplitTokens(TokenSplit split) : ITokenSource
{
    private readonly bool _blocks = split.BlockCount > 0;

    public int Count => _blocks ? split.BlockCount : split.DocumentCount;

    public int SegmentCount(int item) => _blocks ? 1 : split.SegmentCount(item);

    public ReadOnlySpan<ushort> Segment(int item, int segment) => _blocks ? split.Block(item) : split.Segment(item, segment);
}

/// <summary>Neighbouring documents read as one.</summary>
internal sealed class JoinedDocuments(ITokenSource documents, int joined) : ITokenSource
{
    public int Count => (documents.Count + joined - 1) / joined;

    public int SegmentCount(int item)
    {
        var count = 0;
        for (var document = item * joined; document < Math.Min(documents.Count, (item + 1) * joined); document++)
        {
            count += documents.SegmentCount(document);
        }

        return count;
    }

    public ReadOnlySpan<ushort> Segment(int item, int segment)
    {
        var document = item * joined;
        for (; segment >= documents.SegmentCount(document); document++)
        {
            segment -= documents.SegmentCount(document);
        }

        return documents.Segment(document, segment);
    }
}

/// <summary>The ids that examples need beside the text's.</summary>
internal sealed record Vocabulary(int Size, SpecialTokens Special);
