// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

/// <summary>
/// The codes of a group of hashes as the tables take them. Where buckets far outnumber the keys, the codes that keys have are numbered
/// from 1 in order of appearance and all others are 0, a bucket without keys: no table is then larger than its keys warrant.
/// </summary>
internal unsafe struct BucketCodes
{
    private const int BucketsPerKey = 8;

    private readonly ushort* _number; // [2^tau], zero between calls; null where codes are taken as they are
    private readonly ushort* _query;  // [hashes, stride]
    private readonly ushort* _key;
    private readonly int _queryStride;
    private readonly int _keyStride;

    internal BucketCodes(int hashes, int buckets, int maxQueries, int maxKeys, Scratch scratch)
    {
        Buckets = TableSize(buckets, maxKeys);
        if (Buckets < buckets)
        {
            (_queryStride, _keyStride) = (HashCodes.Stride(maxQueries), HashCodes.Stride(maxKeys));
            _number = scratch.TakeZeroed<ushort>(buckets);
            _query = scratch.Take<ushort>((long)hashes * _queryStride);
            _key = scratch.Take<ushort>((long)hashes * _keyStride);
        }
    }

    internal int Buckets { get; }

    /// <summary>Buckets that a table needs.</summary>
    internal static int TableSize(int buckets, int maxKeys) => buckets > (long)BucketsPerKey * maxKeys ? maxKeys + 1 : buckets;

    internal CodeRows Query { get; private set; }

    internal CodeRows Key { get; private set; }

    /// <summary>Makes hashes <paramref name="first"/> and on the current ones.</summary>
    internal void Select(CodeRows query, int queries, CodeRows key, int keys, int first, int hashes)
    {
        if (_number is null)
        {
            (Query, Key) = (new CodeRows(query[first], query.Stride), new CodeRows(key[first], key.Stride));
            return;
        }

        (Query, Key) = (new CodeRows(_query, _queryStride), new CodeRows(_key, _keyStride));
        for (var hash = 0; hash < hashes; hash++)
        {
            Renumber(query[first + hash], queries, key[first + hash], keys, Query[hash], Key[hash]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Renumber(ushort* query, int queries, ushort* key, int keys, ushort* queryNumbers, ushort* keyNumbers)
    {
        var last = 0;
        for (var token = 0; token < keys; token++)
        {
            ref var number = ref _number[key[token]];
            if (number == 0)
            {
                number = (ushort)++last;
            }

            keyNumbers[token] = number;
        }

        for (var token = 0; token < queries; token++)
        {
            queryNumbers[token] = _number[query[token]];
        }

        for (var token = 0; token < keys; token++)
        {
            _number[key[token]] = 0;
        }
    }
}
