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
/// </remarks>
internal unsafe struct BucketTables
{
    /// <summary>Hashes handled together: enough candidates for a long inner loop, few enough tables for the L2 cache.</summary>
    internal const int Group = 8;

    /// <summary>Tokens a chunk at most: starts keep 15 bits, also the start of empty buckets behind the last token.</summary>
    internal const int MaxTokens = 32760;

    private const uint StartMask = 0x7fff;
    private const uint Assigned = 0x8000;

    private readonly int _buckets;
    private readonly int _indexStride;
    private readonly bool _sparse;
    private readonly uint* _entries;   // [hashes, buckets] start (15 bits), flag, end (16 bits)
    private readonly ushort* _indices; // [hashes, indexStride]

    internal BucketTables(int hashes, int buckets, int maxTokens, Scratch scratch)
    {
        _buckets = buckets;
        _indexStride = (maxTokens + 63) & ~31;

        // Far more buckets than tokens: walk the tokens instead of the buckets, and clear only what they touched.
        _sparse = buckets > 2L * maxTokens;
        _entries = _sparse ? scratch.TakeZeroed<uint>((long)hashes * buckets) : scratch.Take<uint>((long)hashes * buckets);
        _indices = scratch.Take<ushort>((long)hashes * _indexStride);
        Large = scratch.Take<ushort>(Math.Min(buckets, maxTokens) + 1);
        LargeCount = 0;
    }

    internal readonly uint* Entries => _entries;

    internal readonly ushort* Indices => _indices;

    internal readonly int Buckets => _buckets;

    internal readonly int IndexStride => _indexStride;

    /// <summary>Codes of the buckets of the hash built last that hold more tokens than asked for.</summary>
    internal ushort* Large { get; }

    internal int LargeCount { get; private set; }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Start(uint entry) => (int)(entry & StartMask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int End(uint entry) => (int)(entry >> 16);

    internal readonly uint* Table(int slot) => _entries + ((long)slot * _buckets);

    internal readonly ushort* Index(int slot) => _indices + ((long)slot * _indexStride);

    /// <summary>Makes a bucket look as if it held its first <paramref name="count"/> tokens only.</summary>
    internal readonly void Truncate(int slot, int code, int count)
    {
        ref var entry = ref Table(slot)[code];
        entry = (entry & 0xffff) | ((uint)(Start(entry) + count) << 16);
    }

    /// <summary>Sorts the tokens of one hash into table <paramref name="slot"/> and lists buckets above <paramref name="large"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Build(int slot, ushort* codes, int tokens, int large)
    {
        var table = Table(slot);
        if (!_sparse)
        {
            NativeMemory.Clear(table, (nuint)_buckets * sizeof(uint));
        }

        for (var token = 0; token < tokens; token++)
        {
            table[codes[token]]++;
        }

        LargeCount = _sparse ? StartsByToken(table, codes, tokens, large) : StartsByBucket(table, large);
        var index = Index(slot);
        for (var token = 0; token < tokens; token++)
        {
            ref var entry = ref table[codes[token]];
            var position = entry >> 16;
            entry += 0x10000;
            index[position] = (ushort)token;
        }
    }

    /// <summary>Empties the table for the next hash; needed after use when buckets outnumber tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal readonly void Reset(int slot, ushort* codes, int tokens)
    {
        if (_sparse)
        {
            var table = Table(slot);
            for (var token = 0; token < tokens; token++)
            {
                table[codes[token]] = 0;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int StartsByBucket(uint* table, int large)
    {
        var start = 0u;
        var found = 0;
        var list = Large;
        for (var bucket = 0; bucket < _buckets; bucket++)
        {
            var count = table[bucket];
            table[bucket] = start | (start << 16);
            start += count;
            list[found] = (ushort)bucket; // overwritten unless the bucket is large: no branch to mispredict
            found += count > (uint)large ? 1 : 0;
        }

        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly int StartsByToken(uint* table, ushort* codes, int tokens, int large)
    {
        var start = 0u;
        var found = 0;
        var list = Large;
        for (var token = 0; token < tokens; token++)
        {
            ref var entry = ref table[codes[token]];
            if ((entry & ~StartMask) != 0)
            {
                continue; // start assigned by an earlier token of this bucket
            }

            var count = entry;
            entry = start | Assigned | (start << 16);
            start += count;
            list[found] = codes[token];
            found += count > (uint)large ? 1 : 0;
        }

        return found;
    }
}
