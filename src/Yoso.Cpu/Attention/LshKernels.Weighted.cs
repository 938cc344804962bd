// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// Hashes of one pass over the probes. Each pass reads and writes all gradient rows once more, so it is more than the forward
    /// pass takes; with 32 the tables themselves leave the second cache.
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
        var query = new Side(chunk, WeightedGroup, options, scratch);
        var key = new Side(chunk, WeightedGroup, options, scratch);
        var list = scratch.Take<ushort>(((long)WeightedGroup * chunk) + 64);
        var work = scratch.Take<float>((long)Width * (Width + (3 * GatherRows)));
        var gradients = new Gradients(in item, Width, scratch);
        for (var firstQuery = 0; firstQuery < length; firstQuery += chunk)
        {
            // The mean over hashes is taken here once, in the incoming gradient.
            query.Load(item.OutputGradient, item.Query, item.QueryCodes, firstQuery, Math.Min(chunk, length - firstQuery), headDim);
            Scale(query.Rows, query.Count, 1f / options.HashCount);
            for (var firstKey = 0; firstKey < length; firstKey += chunk)
            {
                key.Load(item.Value, item.Key, item.KeyCodes, firstKey, Math.Min(chunk, length - firstKey), headDim);
                for (var hash = 0; hash < options.HashCount; hash += WeightedGroup)
                {
                    var pass = new WeightedPass(options, hash, list, work);
                    Backward(ref query, ref key, in gradients, ref pass);
                }
            }
        }

        gradients.Finish(in item);
    }

    private static void Backward(ref Side query, ref Side key, in Gradients gradients, ref WeightedPass pass)
    {
        for (var slot = 0; slot < pass.Hashes; slot++)
        {
            query.Tables.Build(slot, query.Codes[pass.Hash + slot], query.Count, int.MaxValue);
            key.Tables.Build(slot, key.Codes[pass.Hash + slot], key.Count, Crowd - 1);
            CrowdedBuckets(ref query, ref key, slot, in gradients, ref pass);
        }

        FinishLargeBucket(in query, in key, in gradients, ref pass);

        Pairs<No>(in query, in key, gradients.Query, default, pass);
        Pairs<Yes>(in key, in query, gradients.Key, gradients.Value, pass);
        for (var slot = 0; slot < pass.Hashes; slot++)
        {
            query.Tables.Reset(slot, query.Codes[pass.Hash + slot], query.Count);
            key.Tables.Reset(slot, key.Codes[pass.Hash + slot], key.Count);
        }
    }

    /// <summary>For every probe row [a|.]: gradient += factor * sum over its candidates [b|c] of (a.b) c, and first += sum of b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Pairs<TWithFirst>(in Side probes, in Side candidates, HeadRows gradient, HeadRows first, WeightedPass pass)
        where TWithFirst : struct, ISwitch
    {
        var entries = candidates.Tables.Entries;
        var indices = candidates.Tables.Indices;
        var buckets = candidates.Tables.Buckets;
        var indexStride = candidates.Tables.IndexStride;
        var list = pass.List;
        var rows = candidates.Rows;
        var stride = probes.Codes.Stride;
        var hashes = pass.Hashes;
        var fill = 0x0001_0001_0001_0001UL * (ushort)candidates.Count;
        for (var i = 0; i < probes.Count; i++)
        {
            var count = 0;
            var code = probes.Codes[pass.Hash] + i;
            var table = entries;
            var index = indices;
            for (var slot = 0; slot < hashes; slot++)
            {
                var entry = table[*code];
                var start = BucketTables.Start(entry);
                var found = BucketTables.End(entry) - start;
                *(ulong*)(list + count) = *(ulong*)(index + start);
                for (var more = 4; more < found; more += 4)
                {
                    *(ulong*)(list + count + more) = *(ulong*)(index + start + more);
                }

                count += found;
                code += stride;
                table += buckets;
                index += indexStride;
            }

            if (count > 0)
            {
                *(ulong*)(list + count) = fill;
                var firstTarget = TWithFirst.On ? first[probes.First + i] : null;
                var probe = probes.Rows + ((nint)i * 2 * Width);
                if (Width <= 4 * T.Count)
                {
                    RowInRegisters<TWithFirst>(probe, rows, list, count, pass.Factor, gradient[probes.First + i], firstTarget);
                }
                else
                {
                    Row<TWithFirst>(probe, rows, list, count, pass.Factor, gradient[probes.First + i], firstTarget);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Row<TWithFirst>(float* probe, float* rows, ushort* list, int count, float factor, float* gradient, float* first)
        where TWithFirst : struct, ISwitch
    {
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scale(float* rows, int count, float factor)
    {
        var f = T.Splat(factor);
        for (var i = 0; i < count; i++)
        {
            for (var c = 0; c < Width; c += T.Count)
            {
                var p = rows + ((nint)i * 2 * Width) + c;
                T.Store(T.Load(p) * f, p);
            }
        }
    }

    /// <summary>One side of a chunk: rows [value | key] or [output gradient | query], zero row behind the last, and its tables.</summary>
    private struct Side
    {
        internal Side(int chunk, int hashes, LshOptions options, Scratch scratch)
        {
            Rows = scratch.Take<float>((long)(chunk + 1) * 2 * Width);
            Tables = new BucketTables(hashes, options.Buckets, chunk, scratch);
        }

        internal readonly float* Rows;
        internal BucketTables Tables;

        internal int First { get; private set; }

        internal int Count { get; private set; }

        internal CodeRows Codes { get; private set; }

        internal void Load(HeadRows left, HeadRows right, CodeRows codes, int first, int count, int headDim)
        {
            (First, Count, Codes) = (first, count, new CodeRows(codes.Data + first, codes.Stride));
            CopyRows(left, first, count, headDim, Rows, 2 * Width);
            CopyRows(right, first, count, headDim, Rows + Width, 2 * Width);
            new Span<float>(Rows + ((long)count * 2 * Width), 2 * Width).Clear();
        }
    }

    private struct WeightedPass(LshOptions options, int hash, ushort* list, float* work)
    {
        internal readonly int Hash = hash;
        internal readonly int Hashes = Math.Min(WeightedGroup, options.HashCount - hash);

        /// <summary>tau / 2.</summary>
        internal readonly float Factor = 0.5f * options.CodeLength;

        internal readonly ushort* List = list;

        /// <summary>[Width, Width] a d x d table, or one row.</summary>
        internal readonly float* Products = work;

        /// <summary>[GatherRows, 2 * Width].</summary>
        internal readonly float* Rows = work + (Width * Width);

        /// <summary>[GatherRows, Width].</summary>
        internal readonly float* Sums = work + (Width * (Width + (2 * GatherRows)));

        internal LargeBucketPair Pending;
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
