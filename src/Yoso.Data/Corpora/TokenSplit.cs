// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora;

/// <summary>The train or dev split of a corpus: runs of neighbouring blocks or documents of its shards. Immutable and thread-safe.</summary>
public sealed class TokenSplit
{
    /// <summary>Neighbouring items of one shard; First counts blocks or documents of the shard.</summary>
    internal readonly record struct Run(int Shard, int First, int Count);

    private readonly TokenShard[] shards;
    private readonly Run[] runs;
    private readonly int[] starts; // of each run, counted over the split
    private readonly CorpusForm form;
    private readonly int blockTokens;

    internal TokenSplit(TokenShard[] shards, IEnumerable<Run> runs, CorpusForm form, int blockTokens)
    {
        (this.shards, this.runs, this.form, this.blockTokens) = (shards, [.. runs.Where(run => run.Count > 0)], form, blockTokens);
        starts = new int[this.runs.Length + 1];
        for (var i = 0; i < this.runs.Length; i++) starts[i + 1] = checked(starts[i] + this.runs[i].Count);
    }

    /// <summary>Blocks of the split; 0 for a corpus of documents.</summary>
    public int BlockCount => form == CorpusForm.Blocks ? starts[^1] : 0;

    /// <summary>Documents of the split; 0 for a corpus of blocks.</summary>
    public int DocumentCount => form == CorpusForm.Documents ? starts[^1] : 0;

    /// <summary>The ids of a block, all of the corpus's block length, without special tokens around them.</summary>
    public ReadOnlySpan<ushort> Block(int block)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)block, (uint)BlockCount, nameof(block));
        var (shard, item) = Locate(block);
        return shard.Ids((long)item * blockTokens, blockTokens);
    }

    /// <summary>Segments of a document; at least one.</summary>
    public int SegmentCount(int document)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)document, (uint)DocumentCount, nameof(document));
        var (shard, item) = Locate(document);
        return shard.SegmentsOf(item).Count;
    }

    /// <summary>The ids of a segment, at least one.</summary>
    public ReadOnlySpan<ushort> Segment(int document, int segment)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)document, (uint)DocumentCount, nameof(document));
        var (shard, item) = Locate(document);
        var (first, count) = shard.SegmentsOf(item);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)segment, (uint)count, nameof(segment));
        return shard.Segment(first + segment);
    }

    private (TokenShard Shard, int Item) Locate(int index)
    {
        var run = Array.BinarySearch(starts, index);
        if (run < 0) run = ~run - 1;
        return (shards[runs[run].Shard], runs[run].First + index - starts[run]);
    }
}
