// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;

namespace Yoso.Cuda.Driver;

/// <content>Memory and timing for programs without libtorch, in the calling thread's current context; failures throw.</content>
public sealed unsafe partial class NativeCudaDriver
{
    /// <summary>Memory aligned to 256 bytes.</summary>
    /// <exception cref="CudaException">Not enough memory is free.</exception>
    public DevicePointer Allocate(long bytes)
    {
        this.Check(cuMemAlloc_v2(out var address, (nuint)Math.Max(1, bytes)), $"cuMemAlloc of {bytes} bytes");
        return new DevicePointer(address);
    }

    public void Free(DevicePointer pointer) => this.Check(cuMemFree_v2(pointer.Address), "cuMemFree");

    /// <summary>Copies to the device and waits.</summary>
    public void CopyToDevice<T>(DevicePointer target, ReadOnlySpan<T> source)
        where T : unmanaged
    {
        fixed (T* at = source)
        {
            this.Check(cuMemcpyHtoD_v2(target.Address, at, (nuint)source.Length * (nuint)sizeof(T)), "cuMemcpyHtoD");
        }
    }

    /// <summary>Waits for all earlier work of the default stream and copies; faults of earlier kernels surface here.</summary>
    public void CopyToHost<T>(Span<T> target, DevicePointer source)
        where T : unmanaged
    {
        fixed (T* at = target)
        {
            this.Check(cuMemcpyDtoH_v2(at, source.Address, (nuint)target.Length * (nuint)sizeof(T)), "cuMemcpyDtoH");
        }
    }

    /// <summary>Queues a copy on the default stream.</summary>
    public void CopyOnDevice(DevicePointer target, DevicePointer source, long bytes) =>
        this.Check(cuMemcpyDtoDAsync_v2(target.Address, source.Address, (nuint)bytes, 0), "cuMemcpyDtoD");

    /// <summary>Queues a fill on the default stream.</summary>
    public void Fill(DevicePointer target, byte value, long bytes) => this.Check(cuMemsetD8Async(target.Address, value, (nuint)bytes, 0), "cuMemsetD8");

    /// <summary>Waits for all work of the context; faults of earlier kernels surface here.</summary>
    public void Synchronize() => this.Check(cuCtxSynchronize(), "cuCtxSynchronize");

    public (long Free, long Total) MemoryInfo()
    {
        this.Check(cuMemGetInfo_v2(out var free, out var total), "cuMemGetInfo");
        return ((long)free, (long)total);
    }

    /// <summary>A point in the default stream's work.</summary>
    public nint CreateEvent()
    {
        this.Check(cuEventCreate(out var handle, 0), "cuEventCreate");
        return handle;
    }

    public void Record(nint point) => this.Check(cuEventRecord(point, 0), "cuEventRecord");

    /// <summary>Milliseconds between two points; waits for the second.</summary>
    public float Elapsed(nint first, nint second)
    {
        this.Check(cuEventSynchronize(second), "cuEventSynchronize");
        this.Check(cuEventElapsedTime(out var milliseconds, first, second), "cuEventElapsedTime");
        return milliseconds;
    }

    [LibraryImport(Library)]
    private static partial CudaResult cuMemAlloc_v2(out nint address, nuint bytes);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemFree_v2(nint address);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemcpyHtoD_v2(nint target, void* source, nuint bytes);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemcpyDtoH_v2(void* target, nint source, nuint bytes);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemcpyDtoDAsync_v2(nint target, nint source, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuMemsetD8Async(nint target, byte value, nuint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuCtxSynchronize();

    [LibraryImport(Library)]
    private static partial CudaResult cuMemGetInfo_v2(out nuint free, out nuint total);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventCreate(out nint handle, uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventRecord(nint handle, nint stream);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventSynchronize(nint handle);

    [LibraryImport(Library)]
    private static partial CudaResult cuEventElapsedTime(out float milliseconds, nint first, nint second);
}
