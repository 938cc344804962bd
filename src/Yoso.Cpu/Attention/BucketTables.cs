// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Yoso.Cpu.Attention;

/// <summary>
/// Hash tables over the tokens of one chunk, each a counting sort: a bucket is a range of 16-bit
/// token indices.
/// </summary>
/// <remarks>
/// No table holds vectors: at one key a bucket, zeroing 2^tau rows of d floats alone costs as much as reading the keys.
/// A table has one 16-bit word a bucket: bucket c starts where c - 1 ends, so one unaligned 32-bit load finds both.
/// </remarks>
internal unsafe struct BucketTables
{
    /// <summary>Hashes handled together at most.</summary>
    internal const int MostGrouped = 8;

    /// <summary>Tokens a chunk at most: positions keep 15 bits, the last bit marks truncated buckets.</summary>
    internal const int MaxTokens = 32760;

    /// <summary>With fewer, joining the lists of all groups costs more than the tables' misses.</summary>
    private const int LeastGrouped = 2;

    /// <summary>Half of an L2 cache of 1 MB, which the processors measured have.</summary>
    private const int GroupBytes = 512 << 10;

    private const ulong Lanes = 0x0001_0001_0001_0001UL;
    private const uint PositionMask = 0x7fff;
    private const ushort Truncated = 0x8000;

    private readonly int _buckets;
    private readonly ushort* _starts;  // [hashes, startStride]
    private readonly ushort* _indices; // [hashes, indexStride]

    internal BucketTables(int hashes, int buckets, int maxTokens, Scratch scratch)
    {
        _buckets = buckets;
        IndexStride = (maxTokens + 63) & ~31;
        StartStride = (buckets + 63) & ~31;
        _starts = scratch.Take<ushort>((long)hashes * StartStride);
        _indices = scratch.Take<ushort>((long)hashes * IndexStride);
        Large = scratch.Take<ushort>(Math.Min(buckets, maxTokens) + 1);
        LargeCount = 0;
    }

    /// <summary>How many hashes are handled together: as many as have tables, of one side or of both, that stay in the L2 cache while the lists are built.</summary>
    internal static int Grouped(int hashes, int sides, int buckets, int tokens)
    {
        var group = MostGrouped;
        while (group > LeastGrouped && (long)group * sides * (buckets + tokens) * sizeof(ushort) > GroupBytes)
        {
            group /= 2;
        }

        return Math.Min(hashes, group);
    }

    internal int StartStride { get; }

    internal int IndexStride { get; }

    /// <summary>Codes of the buckets of the hash built last that hold more tokens than asked for.</summary>
    internal ushort* Large { get; }

    internal int LargeCount { get; private set; }

    /// <summary>Position of the bucket's first token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Start(uint entry) => (int)(entry & PositionMask);

    /// <summary>Tokens of the bucket, or <paramref name="truncated"/> if it has been truncated; no branch to mispredict.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Count(uint entry, int truncated)
    {
        var positions = entry & (PositionMask | (PositionMask << 16));
        var mark = (int)(entry << 16) >> 31;
        return ((int)((positions >> 16) - (positions & 0xffff)) & ~mark) + (mark & truncated);
    }

    /// <summary>Start and end of one bucket: where it begins in <see cref="Index"/> and where the next one does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Entry(ushort* table, int code) => Unsafe.ReadUnaligned<uint>(table + code);

    internal readonly ushort* Table(int slot) => _starts + ((long)slot * StartStride);

    internal readonly ushort* Index(int slot) => _indices + ((long)slot * IndexStride);

    /// <summary>Marks a bucket: <see cref="Count"/> then gives what its caller says, whatever the bucket holds.</summary>
    internal readonly void Truncate(int slot, int code) => Table(slot)[code] |= Truncated;

    /// <summary>Sorts the tokens of one hash into table <paramref name="slot"/> and lists buckets above <paramref name="large"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Build(int slot, ushort* codes, int tokens, int large)
    {
        var table = Table(slot);
        NativeMemory.Clear(table, (nuint)StartStride * sizeof(ushort));
        var ends = table + 1;
        for (var token = 0; token < tokens; token++)
        {
            ends[codes[token]]++;
        }

        LargeCount = CountsToStarts(ends, large);
        var index = Index(slot);
        for (var token = 0; token < tokens; token++)
        {
            ref var end = ref ends[codes[token]];
            index[end++] = (ushort)token;
        }
    }

    /// <summary>Turns the counts into starts, four buckets a multiplication, whose lanes are the sums of the lanes below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int CountsToStarts(ushort* counts, int large)
    {
        var found = 0;
        var start = 0UL;
        var above = Lanes * (ulong)(0x7fff - Math.Min(large, 0x7fff));
        for (var bucket = 0; bucket < _buckets; bucket += 4)
        {
            var count = Unsafe.ReadUnaligned<ulong>(counts + bucket);
            Unsafe.WriteUnaligned(counts + bucket, (count * (Lanes << 16)) + (start * Lanes));
            start += (count * Lanes) >> 48;
            if (((count + above) & (Lanes << 15)) != 0)
            {
                for (var lane = 0; lane < 4; lane++)
                {
                    Large[found] = (ushort)(bucket + lane);
                    found += (int)((count >> (16 * lane)) & 0xffff) > large ? 1 : 0;
                }
            }
        }

        return found;
    }
}
