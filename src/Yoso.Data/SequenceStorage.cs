// SPDX-License-Identifier: MIT
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Yoso.Data;

/// <summary>Where ids, offsets and labels lie: in arrays, or in a memory-mapped file.</summary>
internal sealed unsafe partial class SequenceStorage
{
    /// <summary>File pages that may stay in the process's memory before they are given back.</summary>
    private const long MappedLimit = 8 << 20;

    /// <summary>The system maps what it has around a page that is touched: measured, up to 300 KB.</summary>
    private const long Around = 256 << 10;
    private const int DontNeed = 4;
    private readonly ushort[]? ids;
    private readonly long[]? offsets;
    private readonly int[]? labels;
    private readonly byte* file;
    private readonly SequenceFileHeader? header;
    private long touched;

    internal SequenceStorage(ushort[] ids, long[] offsets, int[] labels)
    {
        this.ids = ids;
        this.offsets = offsets;
        this.labels = labels;
        IdCount = ids.Length;
    }

    /// <remarks>
    /// The pointer is acquired and never released: a span into the mapping may outlive the data set, so the pages stay mapped
    /// while the process runs. They are clean file pages: on Linux given back from time to time, so that a process that reads the whole
    /// file does not hold it; elsewhere the system drops them when memory is short.
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

    internal ReadOnlySpan<ushort> Ids(long start, int length)
    {
        if (ids is not null)
        {
            return ids.AsSpan(checked((int)start), length);
        }

        if (OperatingSystem.IsLinux() && Interlocked.Add(ref touched, (2L * length) + Around) > MappedLimit)
        {
            Interlocked.Exchange(ref touched, 0);
            // A reader on another thread only finds its page again; a failure leaves them where they are.
            _ = Advise((nint)file & -Environment.SystemPageSize, (nint)header!.OffsetsAt, DontNeed);
        }

        return new ReadOnlySpan<ushort>((ushort*)(file + SequenceFileHeader.Size) + start, length);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nint address, nint length, int advice);
}
