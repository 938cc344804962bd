// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>Buckets with more keys are summed once and then read as one row, which bounds the work by n * m rows.</summary>
    private const int PresumAbove = 4;

    /// <summary>Keys at a time: with one extra row for every five keys and hash, row numbers still fit 16 bits.</summary>
    private const int CumulateChunk = 16384;

    internal override void Cumulate(LshOptions options, int headDim, int length, CodeRows query, CodeRows key, HeadRows value, HeadRows output, Scratch scratch) =>
        CumulateItem(options, headDim, length, query, key, value, output, scratch);

    private static void CumulateItem(LshOptions options, int headDim, int length, CodeRows query, CodeRows key, HeadRows value, HeadRows output, Scratch scratch)
    {
        var chunk = Math.Min(length, CumulateChunk);
        var extraRows = Math.Min(options.HashCount, BucketTables.Group) * (chunk / (PresumAbove + 1));
        var rows = scratch.Take<float>((long)(chunk + 1 + extraRows) * TWidth.Value);
        var tables = new BucketTables(BucketTables.Group, options.Buckets, chunk, scratch);
        var list = scratch.Take<ushort>(((PresumAbove + 1) * BucketTables.Group) + 8);
        var padded = Width == headDim ? null : scratch.Take<float>(TWidth.Value);
        for (var first = 0; first < length; first += chunk)
        {
            var keys = Math.Min(chunk, length - first);
            CopyRows(value, first, keys, headDim, rows, Width);
            Clear(rows + ((long)keys * Width)); // row number keys is zero: lists are filled up with it
            for (var hash = 0; hash < options.HashCount; hash += BucketTables.Group)
            {
                var hashes = Math.Min(BucketTables.Group, options.HashCount - hash);
                var nextRow = keys + 1;
                for (var slot = 0; slot < hashes; slot++)
                {
                    tables.Build(slot, key[hash + slot] + first, keys, PresumAbove);
                    nextRow = Presum(ref tables, slot, rows, nextRow);
                }

                var codes = new CodeRows(query[hash], query.Stride);
                var pass = new CumulatePass(rows, list, (ushort)keys, hashes, first == 0 && hash == 0, 1f / options.HashCount);
                Gather(in tables, codes, length, headDim, output, padded, pass);
                for (var slot = 0; slot < hashes; slot++)
                {
                    tables.Reset(slot, key[hash + slot] + first, keys);
                }
            }
        }
    }

    private static int Width => TWidth.Value;

    private static int Presum(ref BucketTables tables, int slot, float* rows, int nextRow)
    {
        var table = tables.Table(slot);
        var index = tables.Index(slot);
        for (var i = 0; i < tables.LargeCount; i++)
        {
            var entry = table[tables.Large[i]];
            var start = BucketTables.Start(entry);
            var sum = rows + ((long)nextRow * Width);
            SumRows(rows, index + start, BucketTables.End(entry) - start, sum);
            index[start] = (ushort)nextRow++;
            tables.Truncate(slot, tables.Large[i], 1);
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather(in BucketTables tables, CodeRows codes, int queries, int headDim, HeadRows output, float* padded, CumulatePass pass)
    {
        var entries = tables.Entries;
        var indices = tables.Indices;
        var buckets = tables.Buckets;
        var indexStride = tables.IndexStride;
        var list = pass.List;
        var rows = pass.Rows;
        var stride = codes.Stride;
        var hashes = pass.Hashes;
        var fill = 0x0001_0001_0001_0001UL * pass.ZeroRow;
        for (var i = 0; i < queries; i++)
        {
            var count = 0;
            var code = codes.Data + i;
            var table = entries;
            var index = indices;
            for (var slot = 0; slot < hashes; slot++)
            {
                var entry = table[*code];
                var start = BucketTables.Start(entry);

                // Four at once, kept as far as they count: cheaper than a loop whose length cannot be predicted.
                *(ulong*)(list + count) = *(ulong*)(index + start);
                count += BucketTables.End(entry) - start;
                code += stride;
                table += buckets;
                index += indexStride;
            }

            *(ulong*)(list + count) = fill;
            var target = output[i];
            if (padded is null)
            {
                AddRows(rows, list, count, target, pass.Scale, pass.First);
            }
            else
            {
                AddRows(rows, list, count, padded, pass.Scale, first: true);
                AddPadded(padded, target, headDim, pass.First);
            }
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

    /// <summary>Copies rows into scratch, zero-padded to the kernel's width.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void CopyRows(HeadRows source, int first, int count, int headDim, float* target, int targetStride)
    {
        for (var i = 0; i < count; i++)
        {
            var from = source[first + i];
            var to = target + ((long)i * targetStride);
            if (headDim == Width)
            {
                for (var c = 0; c < Width; c += T.Count)
                {
                    T.Store(T.Load(from + c), to + c);
                }
            }
            else
            {
                new ReadOnlySpan<float>(from, headDim).CopyTo(new Span<float>(to, headDim));
                new Span<float>(to + headDim, Width - headDim).Clear();
            }
        }
    }

    private static void Clear(float* row) => new Span<float>(row, Width).Clear();

    private readonly struct CumulatePass(float* rows, ushort* list, ushort zeroRow, int hashes, bool first, float scale)
    {
        internal float* Rows { get; } = rows;

        internal ushort* List { get; } = list;

        internal ushort ZeroRow { get; } = zeroRow;

        internal int Hashes { get; } = hashes;

        internal bool First { get; } = first;

        internal float Scale { get; } = scale;
    }
}
