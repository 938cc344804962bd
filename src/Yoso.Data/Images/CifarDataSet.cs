// SPDX-License-Identifier: MIT
namespace Yoso.Data.Images;

/// <summary>LRA Image: CIFAR-10 in grey, row by row, from cifar-10-binary.tar.gz (Krizhevsky, 2009). Ids are grey values: black is 0 and thus masked, as upstream.</summary>
public static class CifarDataSet
{
    public const string Name = "image";
    public const string Licence = "no licence stated; cite Krizhevsky, Learning Multiple Layers of Features from Tiny Images, 2009";

    /// <summary>Rows of upstream's embedding table; ids above 255 do not occur.</summary>
    public const int VocabularySize = 512;

    private const int Pixels = 1024;
    private const int RecordBytes = 1 + (3 * Pixels);
    private static readonly string[] Batches =
        ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"];

    internal static SequenceShape Shape => new(1, Pixels, VocabularySize, 10);

    /// <summary>45,000 / 5,000 / 10,000 images.</summary>
    /// <param name="archive">Path of cifar-10-binary.tar.gz.</param>
    public static DataSource FromArchive(string archive) => FromArchive(archive, imagesPerBatch: 10_000);

    internal static DataSource FromArchive(string archive, int imagesPerBatch)
    {
        var file = DataSourceFiles.Describe(archive);
        return new DataSource(Name, DataSourceFiles.Key("cifar 1", imagesPerBatch, [file]), folder =>
        {
            var batches = Read(archive, imagesPerBatch);
            var train = batches.Take(5).SelectMany(batch => batch).ToList();
            var split = train.Count * 9 / 10;
            Save(train[..split], "train.seq");
            Save(train[split..], "dev.seq");
            Save(batches[5], "test.seq");
            return new DataManifest
            {
                Name = Name,
                Kind = DataKind.Original,
                Licence = Licence,
                Source = "CIFAR-10, https://www.cs.toronto.edu/~kriz/cifar.html",
                Note = "train and dev are the first 90 % and the last 10 % in the order of the archive (upstream: in the order of TFDS)",
                Files = [file],
            };

            void Save(List<(int, ushort[])> images, string name) => SequenceDataset.FromExamples(images, Shape).Save(Path.Combine(folder, name));
        });
    }

    private static List<(int, ushort[])>[] Read(string archive, int imagesPerBatch)
    {
        var batches = new List<(int, ushort[])>[Batches.Length];
        foreach (var entry in TarGzArchive.Read(archive, 1 << 26, name => Batches.Contains(name.Split('/')[^1])))
        {
            if (entry.Content.Length != imagesPerBatch * RecordBytes)
            {
                throw new DataFormatException(
                    $"{archive}: {entry.Name} has {entry.Content.Length} bytes instead of {imagesPerBatch} records of {RecordBytes}; download it again");
            }
            batches[Array.IndexOf(Batches, entry.Name.Split('/')[^1])] = [.. Enumerable.Range(0, imagesPerBatch).Select(i => Image(archive, entry, i))];
        }
        var missing = Array.IndexOf(batches, null);
        return missing < 0 ? batches : throw new DataFormatException($"{archive} lacks {Batches[missing]}; download it again");
    }

    private static (int, ushort[]) Image(string archive, ArchiveEntry entry, int index)
    {
        var record = entry.Content.AsSpan(index * RecordBytes, RecordBytes);
        if (record[0] > 9) throw new DataFormatException($"{archive}: {entry.Name}, image {index + 1} has label {record[0]}, allowed: 0 to 9");
        var ids = new ushort[Pixels];
        for (var i = 0; i < Pixels; i++) ids[i] = Grey(record[1 + i], record[1 + Pixels + i], record[1 + (2 * Pixels) + i]);
        return (record[0], ids);
    }

    /// <summary>TensorFlow's rgb_to_grayscale on bytes: to [0, 1] in single precision, weighted, scaled by 255.5 and truncated.</summary>
    internal static byte Grey(byte red, byte green, byte blue)
    {
        const float scale = 1f / 255f;
        var grey = (red * scale * 0.2989f) + (green * scale * 0.5870f) + (blue * scale * 0.1140f);
        return (byte)Math.Min(255, (int)(grey * 255.5f));
    }
}
