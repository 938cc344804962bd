// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;

namespace Yoso.Data;

/// <summary>Writes a .seq file example by example, with memory for offsets and labels only. The file takes its name when it is whole.</summary>
public sealed class SequenceFileWriter : IDisposable
{
    private readonly string path;
    private readonly string partial;
    private readonly SequenceShape shape;
    private readonly SequenceDigest digest = new();
    private readonly List<long> offsets = [0];
    private readonly List<int> labels = [];
    private readonly FileStream stream;
    private bool complete;

    public SequenceFileWriter(string path, SequenceShape shape)
    {
        shape.Check();
        this.path = path;
        this.shape = shape;
        partial = path + ".partial";
        stream = new FileStream(partial, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.Write(new byte[SequenceFileHeader.Size]);
    }

    /// <summary>Examples added so far.</summary>
    public int Count => labels.Count;

    /// <exception cref="ArgumentException">The label, an id or the length is outside the shape, or an example is not a single sequence.</exception>
    public void Add(int label, ReadOnlySpan<ushort> ids)
    {
        if (shape.SequencesPerExample != 1) throw new ArgumentException($"an example has {shape.SequencesPerExample} sequences, one given");
        shape.CheckExample(label, ids);
        Append(ids);
        labels.Add(label);
    }

    /// <inheritdoc cref="Add(int, ReadOnlySpan{ushort})"/>
    public void Add(int label, ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second)
    {
        if (shape.SequencesPerExample != 2) throw new ArgumentException($"an example has {shape.SequencesPerExample} sequences, two given");
        shape.CheckExample(label, first);
        shape.CheckExample(label, second);
        Append(first);
        Append(second);
        labels.Add(label);
    }

    /// <summary>Adds one example of another data set of the same shape.</summary>
    internal void Add(SequenceDataset source, int example)
    {
        for (var i = 0; i < shape.SequencesPerExample; i++) shape.CheckExample(source.Label(example), source.Sequence(example, i));
        for (var i = 0; i < shape.SequencesPerExample; i++) Append(source.Sequence(example, i));
        labels.Add(source.Label(example));
    }

    /// <summary>Writes what is missing, then gives the file its name. Without this call nothing remains.</summary>
    /// <returns>The digest, as <see cref="SequenceDataset.Digest"/>.</returns>
    public string Complete()
    {
        var header = new SequenceFileHeader(shape, labels.Count, offsets[^1],
            digest.Finish(CollectionsMarshal.AsSpan(offsets), CollectionsMarshal.AsSpan(labels), shape));
        stream.Write(new byte[header.OffsetsAt - SequenceFileHeader.Size - (2 * header.IdCount)]);
        stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(offsets)));
        stream.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(labels)));
        stream.Position = 0;
        stream.Write(header.ToBytes());
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        File.Move(partial, path, overwrite: true);
        complete = true;
        return Convert.ToHexStringLower(header.Digest);
    }

    public void Dispose()
    {
        digest.Dispose();
        stream.Dispose();
        if (!complete) File.Delete(partial);
        complete = true;
    }

    private void Append(ReadOnlySpan<ushort> ids)
    {
        stream.Write(MemoryMarshal.AsBytes(ids));
        digest.AddIds(ids);
        offsets.Add(offsets[^1] + ids.Length);
    }
}
