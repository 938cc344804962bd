// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

/// <summary>Byte strings with values, walked byte by byte. Children of a node lie next to each other, sorted by byte.</summary>
internal sealed class PieceTrie
{
    internal const int Root = 0;
    private readonly List<byte> labels = [0];
    private readonly List<int> firstChild = [0];
    private readonly List<int> childCount = [0];
    private readonly List<int> values = [-1];
    private readonly int[] rootChild = new int[256];

    internal PieceTrie(IEnumerable<(byte[] Key, int Value)> entries)
    {
        var sorted = entries.Where(e => e.Key.Length > 0).ToArray();
        Array.Sort(sorted, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var queue = new Queue<(int Node, int Start, int End, int Depth)>();
        queue.Enqueue((Root, 0, sorted.Length, 0));
        while (queue.TryDequeue(out var work))
        {
            var (node, start, end, depth) = work;
            while (start < end && sorted[start].Key.Length == depth) values[node] = sorted[start++].Value;
            firstChild[node] = labels.Count;
            while (start < end)
            {
                var label = sorted[start].Key[depth];
                var stop = start;
                while (stop < end && sorted[stop].Key[depth] == label) stop++;
                queue.Enqueue((labels.Count, start, stop, depth + 1));
                if (node == Root) rootChild[label] = labels.Count;
                labels.Add(label);
                firstChild.Add(0);
                childCount.Add(0);
                values.Add(-1);
                childCount[node]++;
                start = stop;
            }
        }
    }

    /// <summary>The child of a node, -1 if there is none.</summary>
    internal int Child(int node, byte label)
    {
        if (node == Root) return rootChild[label] is > 0 and var child ? child : -1;
        var (first, count) = (firstChild[node], childCount[node]);
        for (var i = first; i < first + count; i++)
        {
            if (labels[i] >= label) return labels[i] == label ? i : -1;
        }
        return -1;
    }

    /// <summary>The value of the key that ends at a node, -1 if none does.</summary>
    internal int Value(int node) => values[node];

    /// <summary>Length of the longest key that <paramref name="text"/> starts with, 0 if there is none.</summary>
    internal int LongestPrefix(ReadOnlySpan<byte> text)
    {
        var (node, best) = (Root, 0);
        for (var i = 0; i < text.Length; i++)
        {
            node = Child(node, text[i]);
            if (node < 0) break;
            if (values[node] >= 0) best = i + 1;
        }
        return best;
    }
}
