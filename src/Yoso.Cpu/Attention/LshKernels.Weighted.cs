// SPDX-License-Identifier: MIT
using System.Runtime.CompilerServices;
using Yoso.Cpu.Simd;
using Yoso.Cpu.Training;

namespace Yoso.Cpu.Attention;

internal sealed unsafe partial class LshKernels<T, TWidth>
{
    /// <summary>
    /// Candidates a token that the lists have room for besides those that the next group of hashes may add: 32 hashes at four keys a
    /// bucket. Every time that the lists are emptied all gradient rows are read and written once more.
    /// </summary>
    private const int ListedPairs = 128;

    internal override void WeightedGradient(in WeightedItem item, Scratch scratch)
    {
        // Only where a row is finished while it is in the cache, and has no padding.
        var inPlace = item.Mode == GradientMode.LowerBound && item.Length <= BucketTables.MaxTokens && item.HeadDim == Width;
        if (item.Mode == GradientMode.Sampled)
        {
            SampledGradient(item.Output.Given ? item with { OutputGradient = SumGradient(in item, scratch), Output = default } : item, scratch);
        }
        else
        {
            LowerBoundGradient(in item, inPlace, scratch);
        }

        if (!inPlace)
        {
            ToUnitGradient(item.UnitQuery, item.QueryGradient, item.Length, item.HeadDim);
            ToUnitGradient(item.UnitKey, item.KeyGradient, item.Length, item.HeadDim);
        }
    }

    private static void LowerBoundGradient(in WeightedItem item, bool inPlace, Scratch scratch)
    {
        var (length, headDim, options) = (item.Length, item.HeadDim, item.Options);
        var chunk = Math.Min(length, BucketTables.MaxTokens);
        var group = BucketTables.Grouped(options.HashCount, 2, BucketCodes.TableSize(options.Buckets, chunk), chunk);
        var codes = new BucketCodes(group, options.Buckets, chunk, chunk, scratch);
        var query = new Side(chunk, group, codes.Buckets, scratch);
        var key = new Side(chunk, group, codes.Buckets, scratch);
        var pass = new WeightedPass(options, group, chunk, scratch);
        var gradients = new Gradients(in item, Width, scratch);
        if (chunk < length)
        {
            pass.Start(gradients);
        }

        for (var firstQuery = 0; firstQuery < length; firstQuery += chunk)
        {
            // The mean over hashes is taken here once, in the incoming gradient.
            query.Load(item.OutputGradient, item.Query, firstQuery, Math.Min(chunk, length - firstQuery), headDim, 1f / options.HashCount, item.Output);
            for (var firstKey = 0; firstKey < length; firstKey += chunk)
            {
                key.Load(item.Value, item.Key, firstKey, Math.Min(chunk, length - firstKey), headDim, 1);
                for (var hash = 0; hash < options.HashCount; hash += group)
                {
                    var hashes = Math.Min(group, options.HashCount - hash);
                    codes.Select(item.QueryCodes.From(firstQuery), query.Count, item.KeyCodes.From(firstKey), key.Count, hash, hashes);
                    ListPairs(ref query, ref key, in codes, hashes, gradients, ref pass);
                }

                AddPairs(in query, in key, gradients, ref pass, inPlace ? item.UnitQuery : default, inPlace ? item.UnitKey : default);
            }
        }

        gradients.Finish(in item);
    }

    /// <summary>The gradient of the sum over hashes, of that of the sum brought to length one.</summary>
    private static HeadRows SumGradient(in WeightedItem item, Scratch scratch)
    {
        var rows = scratch.Take<float>((long)item.Length * item.HeadDim);
        for (var i = 0; i < item.Length; i++)
        {
            UnitRows<T>.GradientRow(item.Output.Rows[i], item.Output.InverseNorm(i), item.OutputGradient[i], rows + ((long)i * item.HeadDim), item.HeadDim);
        }

        return new HeadRows(rows, item.HeadDim);
    }

    /// <summary>What <see cref="CopyRows"/> does, of the gradient of the sum: it is needed in these rows only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void UnitGradientRows(UnitTarget output, HeadRows gradient, int first, int count, int headDim, float* target, int targetStride, float factor)
    {
        var f = T.Splat(factor);
        for (var i = 0; i < count; i++)
        {
            var ahead = first + Math.Min(i + Prefetch.RowsAhead, count - 1);
            Prefetch.Row(output.Rows[ahead], headDim);
            Prefetch.Row(gradient[ahead], headDim);
            var to = target + ((long)i * targetStride);
            UnitRows<T>.GradientRow(output.Rows[first + i], output.InverseNorm(first + i), gradient[first + i], to, headDim);
            new Span<float>(to + headDim, Width - headDim).Clear();
            for (var c = 0; c < Width; c += T.Count)
            {
                T.Store(T.Load(to + c) * f, to + c);
            }
        }
    }

    /// <summary>Adds the pairs of some hashes to the lists; those of crowded buckets are taken at once.</summary>
    private static void ListPairs(ref Side query, ref Side key, in BucketCodes codes, int hashes, Gradients gradients, ref WeightedPass pass)
    {
        var most = MaxPairsPerToken * (long)hashes * (query.Count + key.Count);
        if (!pass.QueryLists.HasRoom(most) || !pass.KeyLists.HasRoom(most))
        {
            AddPairs(in query, in key, gradients, ref pass);
        }

        for (var slot = 0; slot < hashes; slot++)
        {
            query.Tables.Build(slot, codes.Query[slot], query.Count, int.MaxValue);
            key.Tables.Build(slot, codes.Key[slot], key.Count, Crowd - 1);
            CrowdedBuckets(ref query, ref key, slot, gradients, ref pass);
        }

        FinishLargeBuckets(in query, in key, gradients, ref pass);
        pass.QueryLists.Append<Yes>(in key.Tables, codes.Query, query.Count, hashes);
        pass.KeyLists.Append<Yes>(in query.Tables, codes.Key, key.Count, hashes);
    }

    /// <summary>Adds the listed pairs to the gradients and empties the lists.</summary>
    /// <param name="query">Queries.</param>
    /// <param name="key">Keys.</param>
    /// <param name="gradients">Where they are added.</param>
    /// <param name="pass">What is listed.</param>
    /// <param name="unitQuery">Where query gradients are finished by this and are to be those of queries of any length.</param>
    /// <param name="unitKey">The same of keys.</param>
    private static void AddPairs(in Side query, in Side key, Gradients gradients, ref WeightedPass pass, UnitTarget unitQuery = default, UnitTarget unitKey = default)
    {
        Pairs<No>(in query, in key, in pass.QueryLists, gradients.Query, default, unitQuery, in pass);
        Pairs<Yes>(in key, in query, in pass.KeyLists, gradients.Key, gradients.Value, unitKey, in pass);
        pass.Fresh = false;
        pass.QueryLists.Clear();
        pass.KeyLists.Clear();
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
            var four = new FourRows(rows, list + k);
            var dots = Dots(probe, four) * T.Splat(factor);
            var (w0, w1, w2, w3) = (T.Repeat(dots, 0), T.Repeat(dots, 1), T.Repeat(dots, 2), T.Repeat(dots, 3));
            for (var c = 0; c < Width; c += T.Count)
            {
                T.Store(Weigh(T.Load(gradient + c), c, w0, w1, w2, w3, four), gradient + c);
                if (TWithFirst.On)
                {
                    T.Store(T.Load(first + c) + (T.Load(four.A + c) + T.Load(four.B + c) + (T.Load(four.C + c) + T.Load(four.D + c))), first + c);
                }
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

        internal void Load(HeadRows left, HeadRows right, int first, int count, int headDim, float leftFactor, UnitTarget output = default)
        {
            (First, Count) = (first, count);
            if (output.Given)
            {
                UnitGradientRows(output, left, first, count, headDim, Rows, 2 * Width, leftFactor);
            }
            else
            {
                CopyRows(left, first, count, headDim, Rows, 2 * Width, leftFactor);
            }

            CopyRows(right, first, count, headDim, Rows + Width, 2 * Width, 1);
            new Span<float>(Rows + ((long)count * 2 * Width), 2 * Width).Clear();
        }
    }

    private struct WeightedPass
    {
        internal WeightedPass(LshOptions options, int group, int chunk, Scratch scratch)
        {
            var capacity = (ListedPairs + (2L * MaxPairsPerToken * group)) * chunk;
            Factor = 0.5f * options.CodeLength;
            var groups = CandidateLists.Groups(options.HashCount, group);
            QueryLists = new CandidateLists(chunk, groups, capacity, scratch);
            KeyLists = new CandidateLists(chunk, groups, capacity, scratch);
            Block = new ProbeBlock(Math.Min(capacity, (long)options.HashCount * chunk), scratch);
            Large = scratch.Take<BucketPair>((long)group * (chunk / Crowd));
            CommonQueries = scratch.Take<ushort>(chunk);
            CommonKeys = scratch.Take<ushort>(chunk);
            Others = scratch.Take<ushort>(chunk);
            Products = scratch.Take<float>((long)Width * (Width + (3 * GatherRows)));
            Rows = Products + (Width * Width);
            Sums = Rows + (2 * Width * GatherRows);
        }

        /// <summary>tau / 2.</summary>
        internal readonly float Factor;

        /// <summary>Large buckets of a group of hashes.</summary>
        internal readonly BucketPair* Large;

        /// <summary>Room for the tokens of one bucket on one side.</summary>
        internal readonly ushort* CommonQueries, CommonKeys, Others;

        /// <summary>[Width, Width] a d x d table, or one row.</summary>
        internal readonly float* Products;

        /// <summary>[GatherRows, 2 * Width].</summary>
        internal readonly float* Rows;

        /// <summary>[GatherRows, Width].</summary>
        internal readonly float* Sums;

        internal CandidateLists QueryLists;
        internal CandidateLists KeyLists;
        internal ProbeBlock Block;
        internal int LargeCount;

        /// <summary>Whether the gradients have not been written yet: the first sums are stored, not added, and nothing need be cleared.</summary>
        internal bool Fresh = true;

        /// <summary>Before anything adds to a few rows only.</summary>
        internal void Start(Gradients gradients)
        {
            if (Fresh)
            {
                gradients.Condense();
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
