// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Yoso.Cpu;

/// <summary>
/// Memory of one worker, given out front to back and reused by the next work item. Kept between calls: fresh pages cost
/// more than the kernels that use them.
/// </summary>
internal sealed unsafe class Scratch
{
    private const nuint Alignment = 64;

    private static readonly ConcurrentBag<Scratch> Idle = [];

    private readonly List<(nint Address, long Size)> _blocks = [];
    private long _used;
    private long _total;

    private Scratch()
    {
    }

    ~Scratch() => Free();

    /// <summary>Bytes given out since the last reset.</summary>
    internal long Used { get; private set; }

    internal static Scratch Rent() => Idle.TryTake(out var scratch) ? scratch : new Scratch();

    internal void Return()
    {
        Reset();
        Idle.Add(this);
    }

    /// <summary>Forgets everything given out.</summary>
    internal void Reset()
    {
        if (_blocks.Count > 1)
        {
            var size = _total;
            Free();
            AddBlock(size);
        }

        _used = 0;
        Used = 0;
    }

    internal T* Take<T>(long count)
        where T : unmanaged
    {
        // One spare cache line: kernels read up to a register past the end of index lists.
        var bytes = ((count * sizeof(T)) + 127) & ~63L;
        if (_blocks.Count == 0 || _used + bytes > _blocks[^1].Size)
        {
            AddBlock(Math.Max(bytes, 1 << 20));
            _used = 0;
        }

        var address = _blocks[^1].Address + (nint)_used;
        _used += bytes;
        Used += bytes;
        return (T*)address;
    }

    internal T* TakeZeroed<T>(long count)
        where T : unmanaged
    {
        var result = Take<T>(count);
        NativeMemory.Clear(result, (nuint)(count * sizeof(T)));
        return result;
    }

    private void AddBlock(long size)
    {
        _blocks.Add(((nint)NativeMemory.AlignedAlloc((nuint)size, Alignment), size));
        _total += size;
    }

    private void Free()
    {
        foreach (var (address, _) in _blocks)
        {
            NativeMemory.AlignedFree((void*)address);
        }

        _blocks.Clear();
        _total = 0;
    }
}
