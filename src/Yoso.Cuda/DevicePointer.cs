// SPDX-License-Identifier: MIT
namespace Yoso.Cuda;

/// <summary>An address in a GPU's memory, as THSTensor_data and cuMemAlloc give it; the caller keeps the memory alive until the stream has passed.</summary>
public readonly record struct DevicePointer(nint Address)
{
    public bool IsNull => Address == 0;

    public DevicePointer Plus(long bytes) => new(Address + (nint)bytes);

    public override string ToString() => $"0x{Address:x}";
}

/// <summary>A stream of the current device's primary context; <see cref="Default"/> is the legacy one that libtorch uses unless told otherwise.</summary>
public readonly record struct CudaStream(nint Handle)
{
    public static CudaStream Default => default;
}
