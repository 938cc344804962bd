// SPDX-License-Identifier: MIT
using Yoso.Data;
using Yoso.Data.Samples;
using Yoso.Data.Text;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>
/// Examples of the lengths that the benchmark has, for timing: the prepared original where it is there, else made of the sample
/// pack or generated. Few are enough, since only the lengths and the kind of content matter.
/// </summary>
internal static class StepTimeData
{
    /// <summary>
    /// Bytes of a film review: log-normal of median 970 and mean 1,310, cut at 4,000, which is what is remembered of IMDb.
    /// </summary>
    private const double ReviewMedian = 970, ReviewSpread = 0.775;

    public static (ClassificationData Data, string Description) For(LraRun run, DataPlace place, int examples)
    {
        if (run.Data is not (ListOpsTrees or PathfinderImages) && run.Data.Find(place) is not null)
        {
            return (run.Data.Prepare(place, CancellationToken.None), "original");
        }

        return run.Data switch
        {
            ListOpsTrees trees => (new ListOpsTrees { Options = trees.Options with { TrainCount = examples, DevCount = examples, TestCount = 1 } }.Prepare(place, CancellationToken.None), "generated trees"),
            PathfinderImages images => (new PathfinderImages { Options = images.Options with { TrainCount = examples, DevCount = examples, TestCount = 1 } }.Prepare(place, CancellationToken.None), "generated images"),
            ByteTexts texts => (Same(Texts(texts.Options, examples)), "sample texts cut to the lengths of film reviews"),
            BytePairs pairs => (Same(Pairs(pairs.Options, examples)), "sample texts of 4,000 bytes"),
            GreyImages => (Same(Images(examples)), "sample images without black"),
            _ => throw new ArgumentException($"no data to time {run.Task} with", nameof(run)),
        };
    }

    private static ClassificationData Same(SequenceDataset split) => ClassificationData.Of(
        new DataManifest { Name = "timing", Kind = DataKind.Sample, Licence = "as the sample pack", Source = "sample pack" }, split, split, split);

    private static SequenceDataset Texts(ByteTextOptions options, int examples)
    {
        var random = new Random(1);
        var source = Passages(options);
        return SequenceDataset.FromExamples(
            [.. Enumerable.Range(0, examples).Select(i => (i % 2, Cut(source, random, Math.Clamp((int)(ReviewMedian * Math.Exp(ReviewSpread * Normal(random))), 50, options.MaxBytes))))],
            new SequenceShape(1, options.PaddedLength, ByteText.VocabularySize, 2));
    }

    private static SequenceDataset Pairs(ByteTextOptions options, int examples)
    {
        var random = new Random(1);
        var source = Passages(options);
        var ids = new ushort[2 * examples * options.MaxBytes];
        for (var i = 0; i < 2 * examples; i++)
        {
            Cut(source, random, options.MaxBytes).CopyTo(ids, i * options.MaxBytes);
        }

        return SequenceDataset.FromArrays(
            ids, [.. Enumerable.Range(0, (2 * examples) + 1).Select(i => (long)i * options.MaxBytes)], [.. Enumerable.Range(0, examples).Select(i => i % 2)],
            new SequenceShape(2, options.PaddedLength, ByteText.VocabularySize, 2));
    }

    /// <summary>Nearly no pixel of CIFAR-10 in grey is black, so here none is.</summary>
    private static SequenceDataset Images(int examples)
    {
        using var folder = new TemporaryDirectory();
        var images = SampleData.Image(SampleFolder.Locate()).Prepare(folder.Path).Train;
        return SequenceDataset.FromExamples(
            [.. Enumerable.Range(0, examples).Select(i => (images.Label(i % images.Count), images.Sequence(i % images.Count).ToArray().Select(p => Math.Max((ushort)1, p)).ToArray()))],
            images.Shape);
    }

    /// <summary>The bytes of the sample pack's speeches, one after another.</summary>
    private static ushort[] Passages(ByteTextOptions options)
    {
        using var folder = new TemporaryDirectory();
        var pairs = SampleData.Retrieval(options, SampleFolder.Locate()).Prepare(folder.Path).Train;
        return [.. Enumerable.Range(0, 500).SelectMany(i => pairs.Sequence(i).ToArray())];
    }

    private static ushort[] Cut(ushort[] source, Random random, int length) => source.AsSpan(random.Next(source.Length - length), length).ToArray();

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private sealed class TemporaryDirectory : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("yoso-timing-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
