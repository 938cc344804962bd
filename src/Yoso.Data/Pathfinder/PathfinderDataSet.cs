// SPDX-License-Identifier: MIT
using Yoso.Data.Images;

namespace Yoso.Data.Pathfinder;

/// <summary>LRA Pathfinder32 (hard): do two discs lie on the same contour? Ids are grey values; black is 0 and thus masked, as upstream.</summary>
public static class PathfinderDataSet
{
    public const string Name = "pathfinder";

    private const int Pixels = 1024;
    private const int BlockSize = 2048;

    private static SequenceShape Shape(int pixels) => new(1, pixels, CifarDataSet.VocabularySize, 2);

    /// <summary>Images of this project's generator, in place of the released ones.</summary>
    /// <param name="threads">0: one for each core; the images do not depend on it.</param>
    /// <exception cref="ArgumentException">The options have <see cref="PathfinderOptions.Problems"/>.</exception>
    public static DataSource Generated(
        PathfinderOptions options, int threads = 0, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (options.Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : -1, CancellationToken = cancellation };
        return new DataSource(Name, DataSourceFiles.Key($"pathfinder generator {PathfinderGenerator.Version}", options, []), folder =>
        {
            var total = options.TrainCount + options.DevCount + options.TestCount;
            var next = 0;
            foreach (var (file, count) in new[] { ("train.seq", options.TrainCount), ("dev.seq", options.DevCount), ("test.seq", options.TestCount) })
            {
                using var writer = new SequenceFileWriter(Path.Combine(folder, file), Shape(options.Side * options.Side));
                for (var end = next + count; next < end;)
                {
                    var block = Draw(options, next, Math.Min(BlockSize, end - next), parallel);
                    foreach (var (label, grey) in block) writer.Add(label, grey);
                    next += block.Length;
                    progress?.Report((double)next / total);
                }
                writer.Complete();
            }
            return new DataManifest
            {
                Name = Name,
                Kind = DataKind.Generated,
                Licence = "CC0-1.0",
                Source = $"generator version {PathfinderGenerator.Version} after the rules of Linsley et al. (drewlinsley/pathfinder), 32 x 32, contour length {options.ContourLength}, {options.DistractorCount} distractors"
                    + (options.Shrink is { } shrink ? $", squares of {shrink} x {shrink} pixels averaged into one" : ""),
                Note = "not compared with released images",
                Options = DataManifest.OptionsOf(options),
            };
        });
    }

    /// <summary>The released images (curv_contour_length_14), in a seeded order, split 80 / 10 / 10; upstream's own order was not recorded.</summary>
    /// <param name="folder">That folder, or one above it in the release.</param>
    /// <param name="limit">Images to use at most, from the start of the order.</param>
    /// <exception cref="DataFormatException">It is not there; reading it may find more.</exception>
    public static DataSource Release(string folder, ulong seed = 1, int limit = int.MaxValue)
    {
        var release = PathfinderRelease.Find(folder)
            ?? throw new DataFormatException($"{folder} holds no pathfinder32/curv_contour_length_14 with metadata and imgs; unpack the release there");
        var metadata = PathfinderRelease.MetadataFiles(release);
        var files = metadata.Select(DataSourceFiles.Describe).ToList();
        return new DataSource(Name, DataSourceFiles.Key("pathfinder release 1", new { seed, limit }, files), target =>
        {
            var entries = metadata.SelectMany(PathfinderRelease.ReadMetadata).ToArray();
            if (entries.Length < 10) throw new DataFormatException($"{release} lists {entries.Length} images, at least 10 are needed");
            Shuffle(entries, seed);
            entries = entries[..Math.Min(limit, entries.Length)];
            var empty = Write(entries[..(entries.Length * 8 / 10)], "train.seq")
                + Write(entries[(entries.Length * 8 / 10)..(entries.Length * 9 / 10)], "dev.seq")
                + Write(entries[(entries.Length * 9 / 10)..], "test.seq");
            return new DataManifest
            {
                Name = Name,
                Kind = DataKind.Original,
                Licence = "Apache-2.0 (google-research/long-range-arena)",
                Source = "Long Range Arena release, pathfinder32/curv_contour_length_14",
                Note = $"own seeded 80/10/10 split, upstream's is not recorded; {empty} empty image files skipped",
                Options = DataManifest.OptionsOf(new { seed, limit }),
                Files = files,
            };

            int Write(PathfinderRelease.Entry[] split, string file) => WriteRelease(release, split, Path.Combine(target, file));
        });
    }

    private static int WriteRelease(string release, PathfinderRelease.Entry[] entries, string path)
    {
        var empty = 0;
        using var writer = new SequenceFileWriter(path, Shape(Pixels));
        foreach (var block in entries.Chunk(BlockSize))
        {
            // An error in a worker reaches the caller as itself, not wrapped.
            var images = block.AsParallel().AsOrdered().Select(entry => Attempt(() => PathfinderRelease.ReadImage(release, entry))).ToArray();
            for (var i = 0; i < block.Length; i++)
            {
                if (images[i].Error is { } error) throw error;
                if (images[i].Grey is { } grey) writer.Add(block[i].Label, grey);
                else empty++;
            }
        }
        writer.Complete();
        return empty;
    }

    private static (ushort[]? Grey, DataFormatException? Error) Attempt(Func<ushort[]?> read)
    {
        try
        {
            return (read(), null);
        }
        catch (DataFormatException e)
        {
            return (null, e);
        }
    }

    /// <summary>Fisher and Yates's shuffle.</summary>
    private static void Shuffle(PathfinderRelease.Entry[] entries, ulong seed)
    {
        var random = SplitMix64.Stream(seed, 0);
        for (var i = entries.Length - 1; i > 0; i--)
        {
            var j = (int)(((random.Next() >> 32) * (ulong)(i + 1)) >> 32);
            (entries[i], entries[j]) = (entries[j], entries[i]);
        }
    }

    /// <summary>A run of numbered images.</summary>
    internal static (int Label, ushort[] Grey)[] Draw(PathfinderOptions options, int first, int count, ParallelOptions parallel)
    {
        var images = new (int, ushort[])[count];
        Parallel.For(0, count, parallel, () => new PathfinderGenerator(options), (i, _, generator) =>
        {
            var grey = new ushort[Pixels];
            var label = generator.Draw((ulong)(first + i), grey);
            images[i] = (label, options.Shrink is { } shrink ? ShrunkImage.Of(grey, shrink) : grey);
            return generator;
        }, _ => { });
        return images;
    }
}
