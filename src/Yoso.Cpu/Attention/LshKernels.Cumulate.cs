// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>Buckets with more keys are summed once and then read as one row, which bounds the work by n * m rows.</summary>
    private const int PresumAbove = 4;

    /// <summary>Keys at a time: with one extra row for every five keys and hash of a group, row numbers still fit 16 bits.</summary>
    private const int CumulateChunk = 16384;

    private const int MostRows = ushort.MaxValue;

    /// <summary>Candidates a query that the lists have room for; beyond that the rows are summed before the next group of hashes.</summary>
    private const int ListedCandidates = 2 * PresumAbove * BucketTables.MostGrouped;

    internal override void Cumulate(LshOptions options, int headDim, int length, CodeRows query, CodeRows key, HeadRows value, UnitTarget output, Scratch scratch) =>
        CumulateItem(options, headDim, length, query, key, value, output, scratch);

    private static void CumulateItem(LshOptions options, int headDim, int length, CodeRows query, CodeRows key, HeadRows value, UnitTarget output, Scratch scratch)
    {
        var chunk = Math.Min(length, CumulateChunk);
        var group = BucketTables.Grouped(options.HashCount, 1, BucketCodes.TableSize(options.Buckets, chunk), chunk);
        // Twice what the largest group may need: the lists are then summed once, unless most keys are in crowded buckets.
        var maxRows = Math.Min(MostRows, chunk + 1 + (2 * group * (chunk / (PresumAbove + 1))));
        var codes = new BucketCodes(group, options.Buckets, length, chunk, scratch);
        var tables = new BucketTables(group, codes.Buckets, chunk, scratch);
        var lists = new CandidateLists(length, CandidateLists.Groups(options.HashCount, group), (long)ListedCandidates * length, scratch);
        var sums = new CumulatePass(scratch.Take<float>((long)maxRows * Width), new ProbeBlock((long)PresumAbove * options.HashCount, scratch), headDim, 1f / options.HashCount)
        {
            Padded = Width == headDim ? null : scratch.Take<float>(Width),
            First = true,
        };
        for (var first = 0; first < length; first += chunk)
        {
            var keys = Math.Min(chunk, length - first);
            CopyRows(value, first, keys, headDim, sums.Rows, Width, 1);
            Clear(sums.Rows + ((long)keys * Width)); // row number keys is zero: lists are filled up with it
            var nextRow = keys + 1;
            for (var hash = 0; hash < options.HashCount; hash += group)
            {
                var hashes = Math.Min(group, options.HashCount - hash);
                if (!lists.HasRoom((long)hashes * PresumAbove * length) || nextRow + (hashes * (keys / (PresumAbove + 1))) > maxRows)
                {
                    SumLists(ref lists, length, keys, new UnitTarget(output.Rows), ref sums);
                    nextRow = keys + 1;
                }

                codes.Select(query, length, key.From(first), keys, hash, hashes);
                for (var slot = 0; slot < hashes; slot++)
                {
                    tables.Build(slot, codes.Key[slot], keys, PresumAbove);
                    nextRow = Presum(ref tables, slot, sums.Rows, nextRow);
                }

                lists.Append<No>(in tables, codes.Query, length, hashes);
            }

            SumLists(ref lists, length, keys, first + keys < length ? new UnitTarget(output.Rows) : output, ref sums);
        }
    }

    private static int Width => TWidth.Value;

    private static int Presum(ref BucketTables tables, int slot, float* rows, int nextRow)
    {
        var table = tables.Table(slot);
        var index = tables.Index(slot);
        for (var i = 0; i < tables.LargeCount; i++)
        {
            var entry = BucketTables.Entry(table, tables.Large[i]);
            var start = BucketTables.Start(entry);
            var sum = rows + ((long)nextRow * Width);
            SumRows(rows, index + start, BucketTables.Count(entry, 0), sum);
            index[start] = (ushort)nextRow++;
            tables.Truncate(slot, tables.Large[i]);
        }

        return nextRow;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumRows(float* rows, ushort* list, int count, float* sum)
    {
        for (var c = 0; c < Width; c += T.Count)
        {
            var (even, odd) = (T.Zero, T.Zero);
            var i = 0;
            for (; i + 2 <= count; i += 2)
            {
                even += T.Load(rows + ((nint)list[i] * Width) + c);
                odd += T.Load(rows + ((nint)list[i + 1] * Width) + c);
            }

            if (i < count)
            {
                even += T.Load(rows + ((nint)list[i] * Width) + c);
            }

            T.Store(even + odd, sum + c);
        }
    }

    /// <summary>Adds the listed rows to the outputs, brings them to length one if that is asked for, and empties the lists.</summary>
    private static void SumLists(ref CandidateLists lists, int queries, int zeroRow, UnitTarget output, ref CumulatePass sums)
    {
        var fill = 0x0001_0001_0001_0001UL * (ushort)zeroRow;
        for (var begin = 0; begin < queries;)
        {
            var count = sums.Block.Join(in lists, begin, queries, fill);
            SumBlock(begin, count, output.Rows, in sums);
            if (output.Given)
            {
                ToUnit(output, begin, count, sums.HeadDim);
            }

            begin += count;
        }

        lists.Clear();
        sums.First = false;
    }

    /// <summary>In the order of how many candidates queries have, so that the processor guesses the end of each one's loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumBlock(int begin, int queries, HeadRows output, in CumulatePass sums)
    {
        var block = sums.Block;
        for (var place = 0; place < queries; place++)
        {
            var inBlock = block.Order[place];
            Prefetch.Row(output[begin + block.Order[Math.Min(place + ProbesAhead, queries - 1)]], Width);
            var row = output[begin + inBlock];
            var list = block.List + block.Starts[inBlock];
            var count = block.Counts[inBlock];
            if (sums.Padded is null)
            {
                AddRows(sums.Rows, list, count, row, sums.Scale, sums.First);
            }
            else
            {
                AddRows(sums.Rows, list, count, sums.Padded, sums.Scale, first: true);
                AddPadded(sums.Padded, row, sums.HeadDim, sums.First);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ToUnit(UnitTarget output, int begin, int count, int headDim)
    {
        for (var i = begin; i < begin + count; i++)
        {
            output.InverseNorm(i) = UnitRows<T>.Row(output.Rows[i], output.Rows[i], headDim);
        }
    }

    /// <summary>target (+)= scale * sum of the listed rows; the list is read up to the next multiple of four.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRows(float* rows, ushort* list, int count, float* target, float scale, bool first)
    {
        var factor = T.Splat(scale);
        var step = Math.Min(4, Width / T.Count) * T.Count;
        for (var c = 0; c < Width; c += step)
        {
            var (s0, s1, s2, s3) = (T.Zero, T.Zero, T.Zero, T.Zero);
            for (var k = 0; k < count; k += 4)
            {
                var r0 = rows + ((nint)list[k] * Width) + c;
                var r1 = rows + ((nint)list[k + 1] * Width) + c;
                var r2 = rows + ((nint)list[k + 2] * Width) + c;
                var r3 = rows + ((nint)list[k + 3] * Width) + c;
                s0 += T.Load(r0) + T.Load(r1) + (T.Load(r2) + T.Load(r3));
                if (step > T.Count)
                {
                    s1 += T.Load(r0 + T.Count) + T.Load(r1 + T.Count) + (T.Load(r2 + T.Count) + T.Load(r3 + T.Count));
                }

                if (step > 2 * T.Count)
                {
                    var (n2, n3) = (2 * T.Count, 3 * T.Count);
                    s2 += T.Load(r0 + n2) + T.Load(r1 + n2) + (T.Load(r2 + n2) + T.Load(r3 + n2));
                    s3 += T.Load(r0 + n3) + T.Load(r1 + n3) + (T.Load(r2 + n3) + T.Load(r3 + n3));
                }
            }

            Accumulate(s0 * factor, target + c, first);
            if (step > T.Count)
            {
                Accumulate(s1 * factor, target + c + T.Count, first);
            }

            if (step > 2 * T.Count)
            {
                Accumulate(s2 * factor, target + c + (2 * T.Count), first);
                Accumulate(s3 * factor, target + c + (3 * T.Count), first);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(T value, float* target, bool first) =>
        T.Store(first ? value : T.Load(target) + value, target);

    private static void AddPadded(float* source, float* target, int headDim, bool first)
    {
        for (var c = 0; c < headDim; c++)
        {
            target[c] = first ? source[c] : target[c] + source[c];
        }
    }

    /// <summary>Copies rows times <paramref name="factor"/> into scratch, zero-padded to the kernel's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(HeadRows source, int first, int count, int headDim, float* target, int targetStride, float factor)
    {
        var f = T.Splat(factor);
        for (var i = 0; i < count; i++)
        {
            var from = source[first + i];
            var to = target + ((long)i * targetStride);
            if (headDim == Width)
            {
                for (var c = 0; c < Width; c += T.Count)
                {
                    T.Store(T.Load(from + c) * f, to + c);
                }
            }
            else
            {
                for (var c = 0; c < Width; c++)
                {
                    to[c] = c < headDim ? from[c] * factor : 0;
                }
            }
        }
    }

    private static void Clear(float* row) => new Span<float>(row, Width).Clear();

    private struct CumulatePass(float* rows, ProbeBlock block, int headDim, float scale)
    {
        internal readonly float* Rows = rows;
        internal readonly ProbeBlock Block = block;
        internal readonly int HeadDim = headDim;
        internal readonly float Scale = scale;

        /// <summary>One row of the padded width, null where the head needs no padding.</summary>
        internal float* Padded;

        /// <summary>Whether outputs are still to be written for the first time.</summary>
        internal bool First;
    }
}
