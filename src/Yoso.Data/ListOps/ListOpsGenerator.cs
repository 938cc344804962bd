// SPDX-License-Identifier: MIT
namespace Yoso.Data.ListOps;

/// <summary>Random trees by the rules of Long Range Arena (lra_benchmarks/data/listops.py).</summary>
/// <remarks>
/// Candidates are numbered and each has its own random stream, so the result depends on the options alone. The first distinct trees of allowed length are taken in
/// order of their number: train, then dev, then test. (Upstream takes them in the order of a hash set.)
/// </remarks>
public static class ListOpsGenerator
{
    /// <summary>Changes whenever the same options give other trees.</summary>
    internal const int Version = 1;

    private const int ChunkSize = 2048;

    /// <param name="threads">0: one for each core.</param>
    /// <param name="progress">Receives the share of trees found, 0 to 1.</param>
    /// <exception cref="ArgumentException">The options have <see cref="ListOpsOptions.Problems"/>.</exception>
    /// <exception cref="InvalidOperationException">The options leave too few distinct trees.</exception>
    public static (SequenceDataset Train, SequenceDataset Dev, SequenceDataset Test) Generate(
        ListOpsOptions options, int threads = 0, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
        var wanted = options.TrainCount + options.DevCount + options.TestCount;
        var trees = Collect(options, wanted, threads > 0 ? threads : Environment.ProcessorCount, progress, cancellation);
        return (Split(trees, 0, options.TrainCount, options), Split(trees, options.TrainCount, options.DevCount, options),
            Split(trees, options.TrainCount + options.DevCount, options.TestCount, options));
    }

    /// <summary>Share of drawn trees whose length is allowed, measured on the first candidates of a seed.</summary>
    internal static double AcceptanceRate(ListOpsOptions options, int candidates)
    {
        var builder = new ListOpsTreeBuilder(options);
        var kept = 0;
        for (var i = 0; i < candidates; i++) kept += builder.TryDraw((ulong)i) ? 1 : 0;
        return (double)kept / candidates;
    }

    private static List<Tree> Collect(ListOpsOptions options, int wanted, int threads, IProgress<double>? progress, CancellationToken cancellation)
    {
        var distinct = new DistinctTrees(wanted);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        long chunks = 0;
        var wave = 16;
        while (distinct.Trees.Count < wanted)
        {
            var found = new List<Tree>[wave];
            var first = chunks;
            Parallel.For(0, wave, parallel, () => new ListOpsTreeBuilder(options), (i, _, builder) =>
            {
                found[i] = Draw(builder, (ulong)(first + i) * ChunkSize);
                return builder;
            }, _ => { });
            chunks += wave;
            var before = distinct.Trees.Count;
            foreach (var tree in found.SelectMany(list => list)) distinct.Add(tree);
            progress?.Report(Math.Min(1, (double)distinct.Trees.Count / wanted));
            CheckProgress(options, distinct.Trees.Count, before, wanted, chunks * ChunkSize, wave);
            wave = NextWave(distinct.Trees.Count, wanted, chunks);
        }
        return distinct.Trees;
    }

    /// <summary>A quarter of the missing trees at a time bounds both the overshoot and the memory of a wave.</summary>
    private static int NextWave(int have, int wanted, long chunks)
    {
        var perChunk = Math.Max(0.05, (double)have / chunks);
        return (int)Math.Clamp(Math.Ceiling((wanted - have) / perChunk / 4), 4, 256);
    }

    private static void CheckProgress(ListOpsOptions options, int have, int before, int wanted, long candidates, int wave)
    {
        // A large wave that brings less than one new tree in 10,000 candidates means that the supply is exhausted.
        if (have >= wanted || wave < 64 || have - before > wave * ChunkSize / 10_000) return;
        throw new InvalidOperationException(
            $"only {have} of {wanted} distinct trees longer than {options.MinLength} and shorter than {options.MaxLength} found in {candidates} draws; " +
            "ask for fewer trees or a wider range of lengths");
    }

    private static List<Tree> Draw(ListOpsTreeBuilder builder, ulong first)
    {
        var kept = new List<Tree>(256);
        for (ulong i = 0; i < ChunkSize; i++)
        {
            if (builder.TryDraw(first + i)) kept.Add(new Tree(builder.Tokens.ToArray(), builder.Value));
        }
        return kept;
    }

    private static SequenceDataset Split(List<Tree> trees, int start, int count, ListOpsOptions options)
    {
        var offsets = new long[count + 1];
        var labels = new int[count];
        for (var i = 0; i < count; i++)
        {
            offsets[i + 1] = offsets[i] + trees[start + i].Tokens.Length;
            labels[i] = trees[start + i].Value;
        }
        var ids = new ushort[checked((int)offsets[^1])];
        for (var i = 0; i < count; i++)
        {
            var at = (int)offsets[i];
            foreach (var token in trees[start + i].Tokens) ids[at++] = token;
        }
        return SequenceDataset.FromArrays(ids, offsets, labels, options.Shape);
    }

    private readonly record struct Tree(byte[] Tokens, byte Value);

    /// <summary>Trees in order of arrival, each once.</summary>
    private sealed class DistinctTrees(int wanted)
    {
        private readonly Dictionary<ulong, int> byHash = new(wanted);

        internal List<Tree> Trees { get; } = new(wanted);

        internal void Add(Tree tree)
        {
            if (Trees.Count == wanted) return;
            var hash = Hash(tree.Tokens);
            while (byHash.TryGetValue(hash, out var other))
            {
                if (Trees[other].Tokens.AsSpan().SequenceEqual(tree.Tokens)) return;
                hash++;
            }
            byHash.Add(hash, Trees.Count);
            Trees.Add(tree);
        }

        private static ulong Hash(byte[] tokens)
        {
            // FNV-1a; equal hashes are compared, so its quality only matters for speed.
            var hash = 14695981039346656037UL;
            foreach (var token in tokens) hash = (hash ^ token) * 1099511628211UL;
            return hash;
        }
    }
}
