// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

/// <summary>Joins the bytes of a word by the merges of a vocabulary, the earliest learned first, among equals from the left.</summary>
/// <remarks>O(n log n) in the bytes: Microsoft.ML.Tokenizers takes time n² (docs/tokenizers.md).</remarks>
internal sealed class ByteMerges
{
    private readonly Dictionary<(int Left, int Right), (int Rank, int Id)> merges;
    private readonly int[] idOfByte = new int[256];

    internal ByteMerges(BpeFiles files)
    {
        merges = new(files.Merges.Count);
        for (var rank = 0; rank < files.Merges.Count; rank++)
        {
            var merge = files.Merges[rank];
            var space = merge.IndexOf(' ', StringComparison.Ordinal);
            merges.TryAdd((files.Ids[merge[..space]], files.Ids[merge[(space + 1)..]]), (rank, files.Ids[merge.Remove(space, 1)]));
        }
        for (var b = 0; b < 256; b++) idOfByte[b] = files.Ids[ByteAlphabet.Character((byte)b).ToString()];
    }

    internal int[] Apply(ReadOnlySpan<byte> word)
    {
        // A linked list of tokens; an absorbed one has id -1.
        var ids = new int[word.Length];
        var next = new int[word.Length];
        var previous = new int[word.Length];
        for (var i = 0; i < word.Length; i++) (ids[i], next[i], previous[i]) = (idOfByte[word[i]], i + 1, i - 1);
        var queue = new PriorityQueue<(int At, int Left, int Right), long>(); // by rank, then place
        for (var i = 0; i + 1 < word.Length; i++) Enqueue(i);
        var count = word.Length;
        while (queue.TryDequeue(out var pair, out _))
        {
            var (at, right) = (pair.At, next[pair.At]);
            // A pair of which one token has changed since is out of date.
            if (ids[at] != pair.Left || right >= word.Length || ids[right] != pair.Right) continue;
            ids[at] = merges[(pair.Left, pair.Right)].Id;
            ids[right] = -1;
            next[at] = next[right];
            if (next[at] < word.Length) previous[next[at]] = at;
            count--;
            if (previous[at] >= 0) Enqueue(previous[at]);
            Enqueue(at);
        }
        var result = new int[count];
        for (int i = 0, at = 0; i < count; i++, at = next[at]) result[i] = ids[at];
        return result;

        void Enqueue(int at)
        {
            if (next[at] >= ids.Length) return;
            var (left, right) = (ids[at], ids[next[at]]);
            if (merges.TryGetValue((left, right), out var merge)) queue.Enqueue((at, left, right), ((long)merge.Rank << 32) | (uint)at);
        }
    }
}
