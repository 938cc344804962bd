// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

/// <summary>
/// For every probe the numbers of the rows that it meets, one segment for each group of hashes. The lists of all hashes are made
/// before any row is read: tables and rows then do not drive each other out of the cache, and a probe's sums are written once.
/// </summary>
internal unsafe struct CandidateLists
{
    /// <summary>Numbers that one copy moves: a segment of eight hashes at one candidate a bucket is seldom longer.</summary>
    private const int Copied = 16;

    private readonly int _probes;
    private readonly long _capacity;
    private readonly ushort* _list;
    private readonly int* _ends; // [groups, probes + 1], the first of a group is its begin
    private int _groups;
    private int _used;

    /// <param name="probes">Probes at most.</param>
    /// <param name="groups">Calls of <see cref="Append{TLong}"/> until <see cref="Clear"/> at most.</param>
    /// <param name="capacity">Candidates of all probes at most.</param>
    internal CandidateLists(int probes, int groups, long capacity, Scratch scratch)
    {
        _probes = probes;
        _capacity = capacity;
        _list = scratch.Take<ushort>(capacity + Copied);
        _ends = scratch.Take<int>((long)groups * (probes + 1));
    }

    internal static int Groups(int hashCount, int group) => (hashCount + group - 1) / group;

    internal readonly bool HasRoom(long candidates) => _used + candidates <= _capacity;

    internal void Clear() => (_groups, _used) = (0, 0);

    /// <summary>
    /// Adds the candidates of the first <paramref name="probes"/> probes under <paramref name="hashes"/> hashes.
    /// <typeparamref name="TLong"/> says whether buckets that are not truncated may have more than four; truncated ones have one if
    /// not, else none.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Append<TLong>(in BucketTables tables, CodeRows codes, int probes, int hashes)
        where TLong : struct, ISwitch
    {
        var ends = _ends + ((long)_groups++ * (_probes + 1));
        var starts = tables.Table(0);
        var indices = tables.Index(0);
        var (startStride, indexStride, codeStride) = (tables.StartStride, tables.IndexStride, codes.Stride);
        var target = _list + _used;
        *ends++ = _used;
        for (var probe = 0; probe < probes; probe++)
        {
            var code = codes.Data + probe;
            var table = starts;
            var index = indices;
            for (var hash = 0; hash < hashes; hash++)
            {
                var entry = BucketTables.Entry(table, *code);
                var from = index + BucketTables.Start(entry);
                var count = BucketTables.Count(entry, TLong.On ? 0 : 1);

                // Four at once, kept as far as they count: cheaper than a loop whose length cannot be predicted.
                *(ulong*)target = *(ulong*)from;
                if (TLong.On)
                {
                    for (var more = 4; more < count; more += 4)
                    {
                        *(ulong*)(target + more) = *(ulong*)(from + more);
                    }
                }

                target += count;
                code += codeStride;
                table += startStride;
                index += indexStride;
            }

            ends[probe] = (int)(target - _list);
        }

        _used = (int)(target - _list);
    }

    /// <summary>Joins a probe's segments in <paramref name="target"/>, filled up to the next multiple of four with <paramref name="fill"/>; gives their length.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly int Join(int probe, ulong fill, ushort* target)
    {
        var count = 0;
        var ends = _ends + probe;
        for (var group = 0; group < _groups; group++)
        {
            var from = _list + ends[0];
            var length = ends[1] - ends[0];
            var to = target + count;
            for (var k = 0; k < length; k += Copied)
            {
                Unsafe.CopyBlockUnaligned(to + k, from + k, Copied * sizeof(ushort));
            }

            count += length;
            ends += _probes + 1;
        }

        *(ulong*)(target + count) = fill;
        return count;
    }
}
