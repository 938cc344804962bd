// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Yoso.Cpu.Simd;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    private static void SampledGradient(in WeightedItem item, Scratch scratch)
    {
        var (length, headDim, options) = (item.Length, item.HeadDim, item.Options);
        CumulateItem(options, headDim, length, item.KeyCodes, item.QueryCodes, item.OutputGradient, new UnitTarget(item.ValueGradient), scratch);
        var chunk = Math.Min(length, BucketTables.MaxTokens);
        var codes = new BucketCodes(options.HashCount, options.Buckets, chunk, chunk, scratch);
        var query = new Side(chunk, options.HashCount, codes.Buckets, scratch);
        var key = new Side(chunk, options.HashCount, codes.Buckets, scratch);
        var list = scratch.Take<ushort>(PairSampling.Slots + 8);
        var owners = scratch.TakeZeroed<uint>(PairSampling.Slots);
        var gradients = new Gradients(in item, Width, scratch, withValue: false);
        gradients.Clear(withValue: false);
        var (queryPass, keyPass) = (new SampledPass(item.SampleSeed, options, list, owners), new SampledPass(item.SampleSeed ^ PairSampling.KeySide, options, list, owners));
        for (var firstQuery = 0; firstQuery < length; firstQuery += chunk)
        {
            query.Load(item.OutputGradient, item.Query, firstQuery, Math.Min(chunk, length - firstQuery), headDim, 1);
            for (var firstKey = 0; firstKey < length; firstKey += chunk)
            {
                key.Load(item.Value, item.Key, firstKey, Math.Min(chunk, length - firstKey), headDim, 1);
                codes.Select(item.QueryCodes.From(firstQuery), query.Count, item.KeyCodes.From(firstKey), key.Count, 0, options.HashCount);
                BuildAll(ref query, codes.Query, options.HashCount);
                BuildAll(ref key, codes.Key, options.HashCount);
                SampledPairs(in query, in key, codes.Query, gradients.Query, queryPass);
                SampledPairs(in key, in query, codes.Key, gradients.Key, keyPass);
            }
        }

        gradients.Finish(in item);
    }

    private static void BuildAll(ref Side side, CodeRows codes, int hashes)
    {
        for (var hash = 0; hash < hashes; hash++)
        {
            side.Tables.Build(hash, codes[hash], side.Count, int.MaxValue);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SampledPairs(in Side probes, in Side candidates, CodeRows codes, HeadRows gradient, SampledPass pass)
    {
        var fill = 0x0001_0001_0001_0001UL * (ushort)candidates.Count;
        NativeMemory.Clear(pass.Owners, PairSampling.Slots * sizeof(uint));
        var stamp = 0u;
        for (var i = 0; i < probes.Count; i++)
        {
            stamp += 0x10000; // at most 32,760 probes a chunk: never wraps
            var count = Distinct(in probes, in candidates, codes, i, stamp, pass);
            if (count > 0)
            {
                *(ulong*)(pass.List + count) = fill;
                SampledRow(probes.Rows + ((nint)i * 2 * Width), candidates.Rows, pass.List, count, pass.CodeLength, gradient[probes.First + i]);
            }
        }
    }

    /// <summary>Lists the distinct candidates of a probe, one a slot at most. An owner is (stamp of the probe, candidate).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Distinct(in Side probes, in Side candidates, CodeRows codes, int probe, uint stamp, SampledPass pass)
    {
        var owners = new Span<uint>(pass.Owners, PairSampling.Slots);
        var list = new Span<ushort>(pass.List, PairSampling.Slots);
        var count = 0;
        for (var hash = 0; hash < pass.Hashes; hash++)
        {
            var entry = BucketTables.Entry(candidates.Tables.Table(hash), codes[hash][probe]);
            var index = candidates.Tables.Index(hash) + BucketTables.Start(entry);
            var found = BucketTables.Count(entry, 0);
            var position = found > pass.MaxPerBucket ? PairSampling.Entrance(pass.Seed, probes.First + probe, hash, found) : 0;
            for (var k = Math.Min(found, pass.MaxPerBucket); k > 0; k--)
            {
                var candidate = index[position];
                position = position + 1 == found ? 0 : position + 1;
                ref var owner = ref owners[candidate & (PairSampling.Slots - 1)];
                if (owner < stamp)
                {
                    owner = stamp | candidate;
                    list[count++] = (ushort)(candidate & (PairSampling.Slots - 1));
                }
                else if ((ushort)owner != candidate
                    && PairSampling.Priority(pass.Seed, probes.First + probe, candidates.First + candidate)
                        > PairSampling.Priority(pass.Seed, probes.First + probe, candidates.First + (ushort)owner))
                {
                    owner = stamp | candidate;
                }
            }
        }

        for (var k = 0; k < count; k++)
        {
            list[k] = (ushort)owners[list[k]];
        }

        return count;
    }

    /// <summary>gradient += sum over candidates [b|c] of the probe [a|p] of (a.b) w(p.c) c.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SampledRow(float* probe, float* rows, ushort* list, int count, int codeLength, float* gradient)
    {
        for (var k = 0; k < count; k += 4)
        {
            var four = new FourRows(rows, list + k);
            var products = Dots(probe + Width, new FourRows(rows + Width, list + k));
            var dots = Dots(probe, four) * SimdMath<T>.SampledWeight(products, codeLength);
            var (w0, w1, w2, w3) = (T.Repeat(dots, 0), T.Repeat(dots, 1), T.Repeat(dots, 2), T.Repeat(dots, 3));
            for (var c = 0; c < Width; c += T.Count)
            {
                T.Store(Weigh(T.Load(gradient + c), c, w0, w1, w2, w3, four), gradient + c);
            }
        }
    }

    private readonly struct SampledPass(uint seed, LshOptions options, ushort* list, uint* owners)
    {
        internal uint Seed { get; } = seed;

        internal int Hashes { get; } = options.HashCount;

        internal int CodeLength { get; } = options.CodeLength;

        internal int MaxPerBucket { get; } = PairSampling.MaxPerBucket(options.HashCount);

        internal ushort* List { get; } = list;

        internal uint* Owners { get; } = owners;
    }
}
