// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;

namespace Yoso.Data.Tokenization;

/// <summary>How often each pair of neighbouring tokens occurs, kept up to date while pairs are merged.</summary>
internal sealed class BpePairs
{
    internal readonly record struct Pair(int Left, int Right);

    private const long Fewest = 2; // a pair that occurs once teaches nothing
    private readonly List<(int[] Ids, long Count)> words = [];
    private readonly Dictionary<Pair, long> counts = [];
    private readonly Dictionary<Pair, HashSet<int>> wordsWith = [];
    private readonly PriorityQueue<Pair, (long Count, Pair Pair)> queue = new(Comparer<(long Count, Pair Pair)>.Create(Order));

    internal BpePairs(IEnumerable<(int[] Ids, long Count)> words)
    {
        foreach (var word in words)
        {
            for (var i = 0; i + 1 < word.Ids.Length; i++) Change(new Pair(word.Ids[i], word.Ids[i + 1]), word.Count, this.words.Count);
            this.words.Add(word);
        }
        foreach (var (pair, count) in counts) queue.Enqueue(pair, (count, pair));
    }

    /// <summary>The most frequent pair; among equals the one of older tokens.</summary>
    internal bool TryPop(out Pair pair)
    {
        while (queue.TryDequeue(out pair, out var priority))
        {
            var now = counts.GetValueOrDefault(pair);
            if (now < Fewest) continue;
            if (now == priority.Count) return true;
            // It has become rarer since it was queued; more frequent ones are queued anew at once.
            if (now < priority.Count) queue.Enqueue(pair, (now, pair));
        }
        return false;
    }

    /// <summary>Replaces the pair by a new token everywhere.</summary>
    internal void Merge(Pair pair, int token)
    {
        if (!wordsWith.Remove(pair, out var touched)) return;
        var changed = new HashSet<Pair>();
        foreach (var index in touched.Order()) MergeIn(index, pair, token, changed);
        counts.Remove(pair);
        foreach (var each in changed) if (counts.GetValueOrDefault(each) is >= Fewest and var count) queue.Enqueue(each, (count, each));
    }

    private void MergeIn(int index, Pair pair, int token, HashSet<Pair> changed)
    {
        var (ids, count) = words[index];
        for (var i = 0; i + 1 < ids.Length; i++) Change(new Pair(ids[i], ids[i + 1]), -count, index);
        var merged = new List<int>(ids.Length);
        for (var i = 0; i < ids.Length; i++)
        {
            var here = i + 1 < ids.Length && ids[i] == pair.Left && ids[i + 1] == pair.Right;
            merged.Add(here ? token : ids[i]);
            if (here) i++;
        }
        words[index] = ([.. merged], count);
        for (var i = 0; i + 1 < merged.Count; i++)
        {
            var next = new Pair(merged[i], merged[i + 1]);
            Change(next, count, index);
            if (next.Left == token || next.Right == token) changed.Add(next);
        }
    }

    private void Change(Pair pair, long by, int word)
    {
        CollectionsMarshal.GetValueRefOrAddDefault(counts, pair, out _) += by;
        if (by <= 0) return;
        ref var users = ref CollectionsMarshal.GetValueRefOrAddDefault(wordsWith, pair, out _);
        (users ??= []).Add(word);
    }

    private static int Order((long Count, Pair Pair) a, (long Count, Pair Pair) b) =>
        a.Count != b.Count ? b.Count.CompareTo(a.Count) :
        a.Pair.Left != b.Pair.Left ? a.Pair.Left.CompareTo(b.Pair.Left) : a.Pair.Right.CompareTo(b.Pair.Right);
}
