// SPDX-License-Identifier: MIT
using System.IO.MemoryMappedFiles;

namespace Yoso.Data;

/// <summary>One split of a classification task: the ids of all sequences one after another, unpadded, and the labels. Immutable and thread-safe.</summary>
public sealed class SequenceDataset
{
    private readonly SequenceStorage storage;
    private readonly Lazy<string> digest;
    private readonly string name;

    private SequenceDataset(SequenceStorage storage, int count, SequenceShape shape, string name, string? knownDigest)
    {
        this.storage = storage;
        this.name = name;
        Count = count;
        Shape = shape;
        digest = knownDigest is null
            ? new Lazy<string>(() => Convert.ToHexStringLower(SequenceDigest.Of(storage, count, shape)))
            : new Lazy<string>(knownDigest);
    }

    public SequenceShape Shape { get; }

    /// <summary>Number of examples.</summary>
    public int Count { get; }

    /// <inheritdoc cref="SequenceShape.SequencesPerExample"/>
    public int SequencesPerExample => Shape.SequencesPerExample;

    /// <inheritdoc cref="SequenceShape.PaddedLength"/>
    public int PaddedLength => Shape.PaddedLength;

    public int VocabularySize => Shape.VocabularySize;

    public int ClassCount => Shape.ClassCount;

    /// <summary>SHA-256 in lower-case hex of ids, offsets, labels and shape; the same on every machine and for memory and file.</summary>
    public string Digest => digest.Value;

    /// <summary>The label of an example, 0 .. <see cref="ClassCount"/> - 1.</summary>
    public int Label(int example)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)example, (uint)Count, nameof(example));
        return storage.Labels[example];
    }

    /// <summary>Ids of one sequence, unpadded; id 0 is masked, black pixels as well as padding.</summary>
    /// <exception cref="DataFormatException">The file's offsets are corrupt.</exception>
    public ReadOnlySpan<ushort> Sequence(int example, int which = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)example, (uint)Count, nameof(example));
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)which, (uint)SequencesPerExample, nameof(which));
        var at = (example * SequencesPerExample) + which;
        var start = storage.Offsets[at];
        var length = storage.Offsets[at + 1] - start;
        if (start < 0 || length < 0 || length > PaddedLength || start + length > storage.IdCount) throw Corrupt();
        return storage.Ids(start, (int)length);
    }

    /// <summary>The first <paramref name="count"/> examples (all, if there are fewer), sharing the memory.</summary>
    public SequenceDataset Take(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return count >= Count ? this : new SequenceDataset(storage, count, Shape, name, null);
    }

    /// <summary>A data set in memory. The arrays become its property and must not be written afterwards.</summary>
    /// <param name="offsets">One more than sequences, from 0 to the number of ids; sequences of one example follow one another.</param>
    /// <exception cref="ArgumentException">The arrays do not fit together or leave the shape.</exception>
    public static SequenceDataset FromArrays(ushort[] ids, long[] offsets, int[] labels, SequenceShape shape)
    {
        shape.Check();
        if (offsets.Length != (labels.Length * shape.SequencesPerExample) + 1 || offsets[0] != 0 || offsets[^1] != ids.Length)
        {
            throw new ArgumentException(
                $"offsets must be {(labels.Length * shape.SequencesPerExample) + 1} numbers from 0 to {ids.Length} for {labels.Length} labels");
        }
        for (var i = 0; i + 1 < offsets.Length; i++)
        {
            if (offsets[i] > offsets[i + 1]) throw new ArgumentException($"offset {i + 1} is smaller than the one before it");
            shape.CheckExample(labels[i / shape.SequencesPerExample], ids.AsSpan((int)offsets[i], (int)(offsets[i + 1] - offsets[i])));
        }
        return new SequenceDataset(new SequenceStorage(ids, offsets, labels), labels.Length, shape, "data in memory", null);
    }

    /// <summary>A data set in memory from a list of single-sequence examples.</summary>
    public static SequenceDataset FromExamples(IReadOnlyList<(int Label, ushort[] Ids)> examples, SequenceShape shape)
    {
        var offsets = new long[examples.Count + 1];
        for (var i = 0; i < examples.Count; i++) offsets[i + 1] = offsets[i] + examples[i].Ids.Length;
        var ids = new ushort[checked((int)offsets[^1])];
        for (var i = 0; i < examples.Count; i++) examples[i].Ids.CopyTo(ids, (int)offsets[i]);
        return FromArrays(ids, offsets, [.. examples.Select(e => e.Label)], shape);
    }

    /// <summary>Writes a .seq file that <see cref="Open"/> maps; the file appears only when it is whole.</summary>
    public void Save(string path)
    {
        using var writer = new SequenceFileWriter(path, Shape);
        for (var i = 0; i < Count; i++) writer.Add(this, i);
        writer.Complete();
    }

    /// <summary>Maps a .seq file: header and lengths are checked, the content is not read (<see cref="Verify"/> does).</summary>
    /// <exception cref="DataFormatException">Missing, foreign, cut off or damaged.</exception>
    public static SequenceDataset Open(string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("sequence files are mapped on little-endian machines only");
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; prepare the data set first");
        SequenceFileHeader header;
        using (var stream = File.OpenRead(path))
        {
            var bytes = new byte[SequenceFileHeader.Size];
            var read = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            header = SequenceFileHeader.Parse(bytes.AsSpan(0, read), path);
            if (stream.Length != header.FileLength)
            {
                throw new DataFormatException(
                    $"{path} has {stream.Length} bytes, its header says {header.FileLength}; delete it and prepare the data again");
            }
        }
        using var mapping = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        var storage = new SequenceStorage(view, header);
        var data = new SequenceDataset(storage, header.Count, header.Shape, path, Convert.ToHexStringLower(header.Digest));
        return storage.Offsets[0] == 0 && storage.Offsets[^1] == header.IdCount ? data : throw data.Corrupt();
    }

    /// <summary>Reads everything and compares it with <see cref="Digest"/>.</summary>
    /// <exception cref="DataFormatException">The content is not what was written.</exception>
    public void Verify()
    {
        for (var i = 0; i < Count * SequencesPerExample; i++) _ = Sequence(i / SequencesPerExample, i % SequencesPerExample);
        if (Convert.ToHexStringLower(SequenceDigest.Of(storage, Count, Shape)) != Digest) throw Corrupt();
    }

    private DataFormatException Corrupt() => new($"{name} is corrupt (its content does not match its digest); delete it and prepare the data again");
}
