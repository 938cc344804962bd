// SPDX-License-Identifier: MIT
using System.Globalization;
using System.IO.Compression;
using Yoso.Data.Images;
using Yoso.Data.Text;

namespace Yoso.Data.Samples;

/// <summary>The sample pack's stand-ins for Text, Retrieval and Image: real data of the same kind, whose numbers are not the benchmark's.</summary>
public static class SampleData
{
    private const int MaxLineBytes = 1 << 22;
    private static readonly string[] Splits = ["train", "dev", "test"];

    /// <summary>Spam or wanted mail, in place of film reviews.</summary>
    /// <exception cref="DataFormatException">A sample file is missing or damaged.</exception>
    public static DataSource Text(ByteTextOptions options, string samples)
    {
        options.Check();
        var pack = new SamplePack(samples);
        var files = pack.Check([.. Splits.Select(split => $"text/{split}.tsv.gz")]);
        return new DataSource("text", DataSourceFiles.Key("sample text 1", options, files), folder =>
        {
            foreach (var (file, split) in files.Zip(Splits))
            {
                SequenceDataset.FromExamples(ReadTexts(pack.PathOf(file.Name), options), options.Shape(1)).Save(Path.Combine(folder, split + ".seq"));
            }
            return Manifest("text", "sample pack: spam (1) or wanted mail (0), in place of IMDb", options, pack, files);
        });
    }

    /// <summary>Two passages of the same speech or of different presidents, in place of citing papers.</summary>
    /// <param name="drawn">Pairs to draw from the passages of each split; null for the pack's own pairs of passages from their start.</param>
    /// <inheritdoc cref="Text"/>
    public static DataSource Retrieval(ByteTextOptions options, string samples, SpeechPairOptions? drawn = null)
    {
        options.Check();
        if (drawn?.Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
        var pack = new SamplePack(samples);
        var files = pack.Check([.. Splits.Select(split => $"retrieval/pairs.{split}.tsv"), "retrieval/passages.tsv.gz"]);
        const string source = "sample pack: passages of State of the Union speeches, in place of ACL Anthology papers";
        if (drawn is not null)
        {
            return new DataSource("retrieval", DataSourceFiles.Key("sample retrieval drawn 1", new { options, drawn }, files), folder =>
            {
                var passages = ReadPassages(pack.PathOf(files[3].Name), int.MaxValue);
                int[] counts = [drawn.TrainCount, drawn.DevCount, drawn.TestCount];
                for (var i = 0; i < Splits.Length; i++) DrawPairs(pack.PathOf(files[i].Name), passages, counts[i], i, Path.Combine(folder, Splits[i] + ".seq"), options, drawn);
                return Manifest("retrieval", $"{source}; pairs drawn by seed, unlike ones at least {drawn.YearsApart} years {(drawn.EarlierFirst ? "later" : "apart")}", new { options, drawn }, pack, files);
            });
        }
        return new DataSource("retrieval", DataSourceFiles.Key("sample retrieval 1", options, files), folder =>
        {
            var passages = ReadPassages(pack.PathOf(files[3].Name), options.MaxBytes);
            foreach (var (file, split) in files.Zip(Splits)) WritePairs(pack.PathOf(file.Name), passages, Path.Combine(folder, split + ".seq"), options);
            return Manifest("retrieval", source, options, pack, files);
        });
    }

    /// <summary>Fashion-MNIST, 28 x 28 in the middle of 32 x 32, in place of CIFAR-10; the last tenth of train is dev.</summary>
    /// <param name="shrink">Pixels of a side whose mean becomes one: 1, 2 or 4.</param>
    /// <inheritdoc cref="Text"/>
    public static DataSource Image(string samples, int shrink = 1)
    {
        if (shrink is not (1 or 2 or 4)) throw new ArgumentException($"shrink is {shrink}, allowed: 1, 2, 4");
        var pack = new SamplePack(samples);
        var files = pack.Check(
            "image/train-images-idx3-ubyte.gz", "image/train-labels-idx1-ubyte.gz", "image/t10k-images-idx3-ubyte.gz", "image/t10k-labels-idx1-ubyte.gz");
        return new DataSource("image", DataSourceFiles.Key("sample image 1", 32 / shrink, files), folder =>
        {
            var train = ReadImages(pack.PathOf(files[0].Name), pack.PathOf(files[1].Name));
            var split = train.Count * 9 / 10;
            Save(train[..split], "train.seq");
            Save(train[split..], "dev.seq");
            Save(ReadImages(pack.PathOf(files[2].Name), pack.PathOf(files[3].Name)), "test.seq");
            return Manifest("image", "sample pack: Fashion-MNIST, in place of CIFAR-10", 32 / shrink, pack, files);

            void Save(List<(int, ushort[])> images, string name) =>
                SequenceDataset.FromExamples([.. images.Select(image => (image.Item1, ShrunkImage.Of(image.Item2, shrink)))], CifarDataSet.Shape with { PaddedLength = 1024 / (shrink * shrink) })
                    .Save(Path.Combine(folder, name));
        });
    }

    private static DataManifest Manifest<T>(string name, string source, T options, SamplePack pack, IReadOnlyList<DataSourceFile> files) => new()
    {
        Name = name,
        Kind = DataKind.Sample,
        Licence = pack.Licence(files),
        Source = source,
        Note = "not the benchmark's data: numbers are not comparable with published ones",
        Options = DataManifest.OptionsOf(options),
        Files = files,
    };

    internal static List<(int, ushort[])> ReadTexts(string path, ByteTextOptions options)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var rows = new TabSeparated(stream, path, columns: 2, MaxLineBytes);
        rows.ExpectHeader("label\ttext");
        var examples = new List<(int, ushort[])>();
        while (rows.TryRead(out var line)) examples.Add((rows.BinaryLabel(line), ByteText.Encode(Unescape(rows, line, 1), options.MaxBytes)));
        return examples;
    }

    private static Dictionary<string, Passage> ReadPassages(string path, int maxBytes)
    {
        using var stream = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        var rows = new TabSeparated(stream, path, columns: 4, MaxLineBytes);
        rows.ExpectHeader("id\tyear\tpresident\ttext");
        var passages = new Dictionary<string, Passage>();
        while (rows.TryRead(out var line))
        {
            var id = Field(rows, line, 0);
            if (!int.TryParse(Field(rows, line, 1), NumberStyles.None, CultureInfo.InvariantCulture, out var year)) throw rows.ErrorInField(1, "the year must be a whole number");
            var passage = new Passage(id[..Math.Max(0, id.LastIndexOf('-'))], year, ByteText.Encode(Unescape(rows, line, 3), maxBytes));
            if (!passages.TryAdd(id, passage)) throw rows.ErrorInField(0, $"the id {id} occurs twice");
        }
        return passages;
    }

    private static void WritePairs(string path, Dictionary<string, Passage> passages, string target, ByteTextOptions options)
    {
        using var writer = new SequenceFileWriter(target, options.Shape(2));
        foreach (var (label, first, second) in ReadPairs(path, passages)) writer.Add(label, first.Ids, second.Ids);
        writer.Complete();
    }

    /// <summary>Pairs of the passages that a split's own pairs name: so no speech is in two splits.</summary>
    private static void DrawPairs(string path, Dictionary<string, Passage> passages, int count, int split, string target, ByteTextOptions options, SpeechPairOptions drawn)
    {
        var own = ReadPairs(path, passages).SelectMany(p => (Passage[])[p.First, p.Second]).Distinct();
        var pairs = new SpeechPairs(own, options.MaxBytes, drawn);
        using var writer = new SequenceFileWriter(target, options.Shape(2));
        for (var i = 0; i < count; i++)
        {
            var (label, first, second) = pairs.Draw(drawn.Seed + (ulong)split, i);
            writer.Add(label, first, second);
        }
        writer.Complete();
    }

    private static List<(int Label, Passage First, Passage Second)> ReadPairs(string path, Dictionary<string, Passage> passages)
    {
        using var stream = File.OpenRead(path);
        var rows = new TabSeparated(stream, path, columns: 3, MaxLineBytes);
        rows.ExpectHeader("label\tid1\tid2");
        var pairs = new List<(int, Passage, Passage)>();
        while (rows.TryRead(out var line)) pairs.Add((rows.BinaryLabel(line), Named(rows, line, 1), Named(rows, line, 2)));
        return pairs;

        Passage Named(TabSeparated rows, ReadOnlySpan<byte> line, int column)
        {
            var id = Field(rows, line, column);
            return passages.TryGetValue(id, out var passage) ? passage : throw rows.ErrorInField(column, $"no passage has the id {id}");
        }
    }

    private static string Field(TabSeparated rows, ReadOnlySpan<byte> line, int column) => System.Text.Encoding.UTF8.GetString(rows.Field(line, column));

    internal static List<(int, ushort[])> ReadImages(string images, string labels)
    {
        var (dimensions, pixels) = IdxFile.Read(images, 3);
        var (labelDimensions, classes) = IdxFile.Read(labels, 1);
        if (dimensions[1] != 28 || dimensions[2] != 28) throw new DataFormatException($"{images} has images of {dimensions[1]} x {dimensions[2]}, 28 x 28 are expected");
        if (labelDimensions[0] != dimensions[0]) throw new DataFormatException($"{labels} has {labelDimensions[0]} labels for {dimensions[0]} images");
        var bad = Array.FindIndex(classes, label => label > 9);
        if (bad >= 0) throw new DataFormatException($"{labels}: label {bad + 1} is {classes[bad]}, allowed: 0 to 9");
        return [.. classes.Select((label, i) => ((int)label, Framed(pixels.AsSpan(i * 784, 784))))];
    }

    /// <summary>Two black pixels on each side.</summary>
    private static ushort[] Framed(ReadOnlySpan<byte> image)
    {
        var framed = new ushort[32 * 32];
        for (var i = 0; i < image.Length; i++) framed[(((i / 28) + 2) * 32) + (i % 28) + 2] = image[i];
        return framed;
    }

    /// <summary>The pack writes tab, newline, return and backslash as two characters.</summary>
    private static byte[] Unescape(TabSeparated rows, ReadOnlySpan<byte> line, int column)
    {
        var field = rows.Field(line, column);
        var text = new byte[field.Length];
        var length = 0;
        for (var i = 0; i < field.Length; i++)
        {
            text[length++] = field[i] != '\\' ? field[i] : (i + 1 < field.Length ? field[++i] : (byte)0) switch
            {
                (byte)'t' => (byte)'\t',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'\\' => (byte)'\\',
                _ => throw rows.ErrorInField(column, "a backslash must be followed by t, n, r or a backslash"),
            };
        }
        return text[..length];
    }
}
