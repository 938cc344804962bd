// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.Driver;

/// <summary>A one-dimensional grid of blocks.</summary>
/// <param name="Blocks">1 to 2^31 - 1.</param>
/// <param name="Threads">A block, 1 to 1,024.</param>
/// <param name="DynamicSharedBytes">Shared memory a block beside what the kernel declares.</param>
public readonly record struct LaunchGeometry(long Blocks, int Threads, int DynamicSharedBytes)
{
    public override string ToString() => $"{Blocks} blocks of {Threads} threads, {DynamicSharedBytes} bytes of dynamic shared memory";
}

/// <summary>
/// The calls of the CUDA driver API that launching needs, each with its return code; what they mean is in NVIDIA's manual of that
/// API. <see cref="NativeCudaDriver"/> is the machine's driver; tests put another one in its place.
/// </summary>
public interface ICudaDriver
{
    /// <summary>cuInit.</summary>
    CudaResult Initialize();

    /// <summary>cuDriverGetVersion: 13000 is CUDA 13.0.</summary>
    CudaResult GetVersion(out int version);

    /// <summary>cuGetErrorName and cuGetErrorString.</summary>
    (string Name, string Text) Describe(CudaResult result);

    /// <summary>cuDeviceGetCount.</summary>
    CudaResult GetDeviceCount(out int count);

    /// <summary>cuDeviceGet and cuDeviceGetName.</summary>
    CudaResult GetDeviceName(int device, out string name);

    /// <summary>cuDeviceGetAttribute.</summary>
    CudaResult GetDeviceAttribute(DeviceAttribute attribute, int device, out int value);

    /// <summary>cuDevicePrimaryCtxRetain: the context that the CUDA runtime, hence libtorch, uses.</summary>
    CudaResult RetainPrimaryContext(int device, out nint context);

    /// <summary>cuCtxSetCurrent, for the calling thread.</summary>
    CudaResult SetCurrentContext(nint context);

    /// <summary>cuModuleLoadDataEx; <paramref name="log"/> has what the driver's compiler says of PTX.</summary>
    CudaResult LoadModule(ReadOnlySpan<byte> image, out nint module, out string log);

    /// <summary>cuModuleGetFunction.</summary>
    CudaResult GetFunction(nint module, string name, out nint function);

    /// <summary>cuFuncGetAttribute.</summary>
    CudaResult GetFunctionAttribute(nint function, FunctionAttribute attribute, out int value);

    /// <summary>cuFuncSetAttribute.</summary>
    CudaResult SetFunctionAttribute(nint function, FunctionAttribute attribute, int value);

    /// <summary>cuLaunchKernel of a kernel with one parameter, a structure; its bytes are copied before this returns.</summary>
    CudaResult Launch(nint function, LaunchGeometry geometry, nint stream, ReadOnlySpan<byte> parameter);
}
