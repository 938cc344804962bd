// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// Hashes of one pass over the probes: more than the forward pass takes, since each pass reads and writes all gradient rows once
    /// more. Their tables stay in the second cache.
    /// </summary>
    private const int WeightedGroup = 16;

    internal override void WeightedGradient(in WeightedItem item, Scratch scratch)
    {
        if (item.Mode == GradientMode.Sampled)
        {
            SampledGradient(in item, scratch);
            return;
        }

        var (length, headDim, options) = (item.Length, item.HeadDim, item.Options);
        var chunk = Math.Min(length, BucketTables.MaxTokens);
        var group = Math.Min(options.HashCount, WeightedGroup);
        var codes = new BucketCodes(group, options.Buckets, chunk, chunk, scratch);
        var query = new Side(chunk, group, codes.Buckets, scratch);
        var key = new Side(chunk, group, codes.Buckets, scratch);
        var pass = new WeightedPass(options, chunk, scratch);
        var gradients = new Gradients(in item, Width, scratch);
        if (chunk < length)
        {
            pass.ClearOnce(in gradients);
        }

        for (var firstQuery = 0; firstQuery < length; firstQuery += chunk)
        {
            // The mean over hashes is taken here once, in the incoming gradient.
            query.Load(item.OutputGradient, item.Query, firstQuery, Math.Min(chunk, length - firstQuery), headDim, 1f / options.HashCount);
            for (var firstKey = 0; firstKey < length; firstKey += chunk)
            {
                key.Load(item.Value, item.Key, firstKey, Math.Min(chunk, length - firstKey), headDim, 1);
                for (var hash = 0; hash < options.HashCount; hash += group)
                {
                    var hashes = Math.Min(group, options.HashCount - hash);
                    codes.Select(item.QueryCodes.From(firstQuery), query.Count, item.KeyCodes.From(firstKey), key.Count, hash, hashes);
                    AddPairs(ref query, ref key, in codes, hashes, in gradients, ref pass);
                }
            }
        }

        gradients.Finish(in item);
    }

    /// <summary>Adds the pairs of some hashes to the gradients.</summary>
    private static void AddPairs(ref Side query, ref Side key, in BucketCodes codes, int hashes, in Gradients gradients, ref WeightedPass pass)
    {
        for (var slot = 0; slot < hashes; slot++)
        {
            query.Tables.Build(slot, codes.Query[slot], query.Count, int.MaxValue);
            key.Tables.Build(slot, codes.Key[slot], key.Count, Crowd - 1);
            CrowdedBuckets(ref query, ref key, slot, in gradients, ref pass);
        }

        FinishLargeBucket(in query, in key, in gradients, ref pass);
        Pairs<No>(in query, in key, codes.Query, hashes, gradients.Query, default, pass);
        Pairs<Yes>(in key, in query, codes.Key, hashes, gradients.Key, gradients.Value, pass);
        pass.Fresh = false;
    }

    /// <summary>For every probe row [a|.]: gradient (+)= factor * sum over its candidates [b|c] of (a.b) c, and first (+)= sum of b.</summary>
    /// <remarks>
    /// Tables and rows are read in turns: the rows of one probe are on their way while the next one's buckets are looked up. Lists of all
    /// hashes first, as the forward pass makes them, had the better best times here but were a fifth slower in the median (two threads, n = 4096).
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pairs<TWithFirst>(in Side probes, in Side candidates, CodeRows codes, int hashes, HeadRows gradient, HeadRows first, WeightedPass pass)
        where TWithFirst : struct, ISwitch
    {
        var list = pass.List;
        var rows = candidates.Rows;
        var fill = 0x0001_0001_0001_0001UL * (ushort)candidates.Count;
        var starts = candidates.Tables.Table(0);
        var indices = candidates.Tables.Index(0);
        var (startStride, indexStride, codeStride) = (candidates.Tables.StartStride, candidates.Tables.IndexStride, codes.Stride);
        for (var i = 0; i < probes.Count; i++)
        {
            var count = 0;
            var code = codes.Data + i;
            var table = starts;
            var index = indices;
            for (var hash = 0; hash < hashes; hash++)
            {
                var entry = BucketTables.Entry(table, *code);
                var from = index + BucketTables.Start(entry);
                var found = BucketTables.Count(entry, 0);
                *(ulong*)(list + count) = *(ulong*)from;
                for (var more = 4; more < found; more += 4)
                {
                    *(ulong*)(list + count + more) = *(ulong*)(from + more);
                }

                count += found;
                code += codeStride;
                table += startStride;
                index += indexStride;
            }

            *(ulong*)(list + count) = fill;
            if (count > 0 || pass.Fresh)
            {
                var firstTarget = TWithFirst.On ? first[probes.First + i] : null;
                var probe = probes.Rows + ((nint)i * 2 * Width);
                if (Width <= 4 * T.Count)
                {
                    RowInRegisters<TWithFirst>(probe, rows, list, count, pass.Factor, gradient[probes.First + i], firstTarget, pass.Fresh);
                }
                else
                {
                    Row<TWithFirst>(probe, rows, list, count, pass.Factor, gradient[probes.First + i], firstTarget, pass.Fresh);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TWithFirst>(float* probe, float* rows, ushort* list, int count, float factor, float* gradient, float* first, bool fresh)
        where TWithFirst : struct, ISwitch
    {
        if (fresh)
        {
            Clear(gradient);
            Clear(TWithFirst.On ? first : gradient);
        }

        for (var k = 0; k < count; k += 4)
        {
            var r0 = rows + ((nint)list[k] * 2 * Width);
            var r1 = rows + ((nint)list[k + 1] * 2 * Width);
            var r2 = rows + ((nint)list[k + 2] * 2 * Width);
            var r3 = rows + ((nint)list[k + 3] * 2 * Width);
            var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
            for (var c = 0; c < Width; c += T.Count)
            {
                var a = T.Load(probe + c);
                var (b0, b1, b2, b3) = (T.Load(r0 + c), T.Load(r1 + c), T.Load(r2 + c), T.Load(r3 + c));
                s0 = T.MultiplyAdd(a, b0, s0);
                s1 = T.MultiplyAdd(a, b1, s1);
                s2 = T.MultiplyAdd(a, b2, s2);
                s3 = T.MultiplyAdd(a, b3, s3);
                if (TWithFirst.On)
                {
                    T.Store(T.Load(first + c) + (b0 + b1 + (b2 + b3)), first + c);
                }
            }

            var dots = T.Sum4(s0, s1, s2, s3) * factor;
            var (w0, w1, w2, w3) = (T.Splat(dots[0]), T.Splat(dots[1]), T.Splat(dots[2]), T.Splat(dots[3]));
            for (var c = 0; c < Width; c += T.Count)
            {
                var even = T.MultiplyAdd(w0, T.Load(r0 + Width + c), T.Load(gradient + c));
                var odd = w1 * T.Load(r1 + Width + c);
                even = T.MultiplyAdd(w2, T.Load(r2 + Width + c), even);
                odd = T.MultiplyAdd(w3, T.Load(r3 + Width + c), odd);
                T.Store(even + odd, gradient + c);
            }
        }
    }

    /// <summary>One side of a chunk: rows [value | key] or [output gradient | query], zero row behind the last, and its tables.</summary>
    private struct Side
    {
        internal Side(int chunk, int hashes, int buckets, Scratch scratch)
        {
            Rows = scratch.Take<float>((long)(chunk + 1) * 2 * Width);
            Tables = new BucketTables(hashes, buckets, chunk, scratch);
        }

        internal readonly float* Rows;
        internal BucketTables Tables;

        internal int First { get; private set; }

        internal int Count { get; private set; }

        internal void Load(HeadRows left, HeadRows right, int first, int count, int headDim, float leftFactor)
        {
            (First, Count) = (first, count);
            CopyRows(left, first, count, headDim, Rows, 2 * Width, leftFactor);
            CopyRows(right, first, count, headDim, Rows + Width, 2 * Width, 1);
            new Span<float>(Rows + ((long)count * 2 * Width), 2 * Width).Clear();
        }
    }

    private struct WeightedPass
    {
        internal WeightedPass(LshOptions options, int chunk, Scratch scratch)
        {
            Factor = 0.5f * options.CodeLength;
            List = scratch.Take<ushort>(((long)Math.Min(options.HashCount, WeightedGroup) * chunk) + 64);
            Products = scratch.Take<float>((long)Width * (Width + (3 * GatherRows)));
            Rows = Products + (Width * Width);
            Sums = Rows + (2 * Width * GatherRows);
        }

        /// <summary>tau / 2.</summary>
        internal readonly float Factor;

        internal readonly ushort* List;

        /// <summary>[Width, Width] a d x d table, or one row.</summary>
        internal readonly float* Products;

        /// <summary>[GatherRows, 2 * Width].</summary>
        internal readonly float* Rows;

        /// <summary>[GatherRows, Width].</summary>
        internal readonly float* Sums;

        internal LargeBucketPair Pending;

        /// <summary>Whether the gradients have not been written yet: the first sums are stored, not added, and nothing need be cleared.</summary>
        internal bool Fresh = true;

        /// <summary>Before anything adds to a few rows only.</summary>
        internal void ClearOnce(in Gradients gradients)
        {
            if (Fresh)
            {
                gradients.Clear();
                Fresh = false;
            }
        }
    }
}

/// <summary>A constant choice inside a kernel.</summary>
internal interface ISwitch
{
    static abstract bool On { get; }
}

internal readonly struct Yes : ISwitch
{
    public static bool On => true;
}

internal readonly struct No : ISwitch
{
    public static bool On => false;
}
