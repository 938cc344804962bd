// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>The three splits of a task and where they come from.</summary>
public sealed class ClassificationData
{
    private ClassificationData(DataManifest manifest, SequenceDataset train, SequenceDataset dev, SequenceDataset test) =>
        (Manifest, Train, Dev, Test) = (manifest, train, dev, test);

    public DataManifest Manifest { get; }

    public SequenceDataset Train { get; }

    public SequenceDataset Dev { get; }

    public SequenceDataset Test { get; }

    /// <summary>Splits in memory.</summary>
    /// <param name="manifest">Says where they come from; its digest and counts are filled in here.</param>
    public static ClassificationData Of(DataManifest manifest, SequenceDataset train, SequenceDataset dev, SequenceDataset test) => new(
        manifest with { Digest = DataManifest.DigestOf(train, dev, test), TrainCount = train.Count, DevCount = dev.Count, TestCount = test.Count }, train, dev, test);

    /// <summary>Maps a prepared data set (manifest.json, train.seq, dev.seq, test.seq) without reading its content.</summary>
    /// <exception cref="DataFormatException">A file is missing, foreign, torn, or not the one the manifest names.</exception>
    public static ClassificationData Open(string folder)
    {
        var manifest = DataManifest.Load(Path.Combine(folder, DataManifest.FileName));
        var train = SequenceDataset.Open(Path.Combine(folder, "train.seq"));
        var dev = SequenceDataset.Open(Path.Combine(folder, "dev.seq"));
        var test = SequenceDataset.Open(Path.Combine(folder, "test.seq"));
        return DataManifest.DigestOf(train, dev, test) == manifest.Digest
            ? new ClassificationData(manifest, train, dev, test)
            : throw new DataFormatException($"{folder}: the splits are not those of its manifest; delete the folder and prepare the data again");
    }
}
