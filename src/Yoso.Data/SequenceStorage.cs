// SPDX-License-Identifier: MIT
using System.IO.MemoryMappedFiles;

namespace Yoso.Data;

/// <summary>Where ids, offsets and labels lie: in arrays, or in a memory-mapped file.</summary>
internal sealed unsafe class SequenceStorage
{
    private readonly ushort[]? ids;
    private readonly long[]? offsets;
    private readonly int[]? labels;
    private readonly byte* file;
    private readonly SequenceFileHeader? header;

    internal SequenceStorage(ushort[] ids, long[] offsets, int[] labels)
    {
        this.ids = ids;
        this.offsets = offsets;
        this.labels = labels;
        IdCount = ids.Length;
    }

    /// <remarks>
    /// The pointer is acquired and never released: a span into the mapping may outlive the data set, so the pages stay mapped
    /// while the process runs. They are clean file pages, which the system drops when memory is short.
    /// </remarks>
    internal SequenceStorage(MemoryMappedViewAccessor view, SequenceFileHeader header)
    {
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref file);
        file += view.PointerOffset;
        this.header = header;
        IdCount = header.IdCount;
    }

    internal long IdCount { get; }

    internal ReadOnlySpan<long> Offsets => offsets ??
        new ReadOnlySpan<long>(file + header!.OffsetsAt, checked((int)header.SequenceCount + 1));

    internal ReadOnlySpan<int> Labels => labels ?? new ReadOnlySpan<int>(file + header!.LabelsAt, header.Count);

    internal ReadOnlySpan<ushort> Ids(long start, int length) => ids is null
        ? new ReadOnlySpan<ushort>((ushort*)(file + SequenceFileHeader.Size) + start, length)
        : ids.AsSpan(checked((int)start), length);
}
