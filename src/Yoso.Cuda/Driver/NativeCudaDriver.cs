// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Text;

namespace Yoso.Cuda.Driver;

/// <summary>The driver of this machine: libcuda.so.1 or nvcuda.dll, which come with the NVIDIA kernel driver and not with the CUDA toolkit.</summary>
public sealed unsafe partial class NativeCudaDriver : ICudaDriver
{
    private const string Library = "cuda-driver";
    private const int InfoLog = 3, InfoLogSize = 4, ErrorLog = 5, ErrorLogSize = 6, LogBytes = 8192;
    private static readonly Lazy<nint> Handle = new(Load);

    static NativeCudaDriver() =>
        NativeLibrary.SetDllImportResolver(typeof(NativeCudaDriver).Assembly, static (name, _, _) => name == Library ? Handle.Value : nint.Zero);

    private NativeCudaDriver()
    {
    }

    /// <summary>The driver; loads its library.</summary>
    /// <exception cref="CudaException">No driver is installed; one line says what was found.</exception>
    public static NativeCudaDriver Open()
    {
        _ = Handle.Value;
        return new NativeCudaDriver();
    }

    public CudaResult Initialize() => cuInit(0);

    public CudaResult GetVersion(out int version) => cuDriverGetVersion(out version);

    public (string Name, string Text) Describe(CudaResult result)
    {
        byte* name = null, text = null;
        _ = cuGetErrorName(result, &name);
        _ = cuGetErrorString(result, &text);
        return (Marshal.PtrToStringUTF8((nint)name) ?? "CUDA_ERROR", Marshal.PtrToStringUTF8((nint)text) ?? "no description");
    }

    public CudaResult GetDeviceCount(out int count) => cuDeviceGetCount(out count);

    public CudaResult GetDeviceName(int device, out string name)
    {
        var buffer = stackalloc byte[256];
        var result = cuDeviceGetName(buffer, 256, device);
        name = result == CudaResult.Success ? Marshal.PtrToStringUTF8((nint)buffer)! : "";
        return result;
    }

    public CudaResult GetDeviceAttribute(DeviceAttribute attribute, int device, out int value) => cuDeviceGetAttribute(out value, attribute, device);

    public CudaResult RetainPrimaryContext(int device, out nint context) => cuDevicePrimaryCtxRetain(out context, device);

    public CudaResult SetCurrentContext(nint context) => cuCtxSetCurrent(context);

    public CudaResult LoadModule(ReadOnlySpan<byte> image, out nint module, out string log)
    {
        // PTX is text and must end with a zero, which a cubin does not mind.
        var text = new byte[image.Length + 1];
        image.CopyTo(text);
        var messages = new byte[2 * LogBytes];
        fixed (byte* imageAt = text, messagesAt = messages)
        {
            int* options = stackalloc int[4] { InfoLog, InfoLogSize, ErrorLog, ErrorLogSize };
            nint* values = stackalloc nint[4] { (nint)messagesAt, LogBytes, (nint)messagesAt + LogBytes, LogBytes };
            var result = cuModuleLoadDataEx(out module, imageAt, 4, options, values);
            log = Encoding.UTF8.GetString(messages).Replace("\0", "", StringComparison.Ordinal).Trim();
            return result;
        }
    }

    public CudaResult GetFunction(nint module, string name, out nint function) => cuModuleGetFunction(out function, module, name);

    public CudaResult GetFunctionAttribute(nint function, FunctionAttribute attribute, out int value) => cuFuncGetAttribute(out value, attribute, function);

    public CudaResult SetFunctionAttribute(nint function, FunctionAttribute attribute, int value) => cuFuncSetAttribute(function, attribute, value);

    public CudaResult Launch(nint function, LaunchGeometry geometry, nint stream, ReadOnlySpan<byte> parameter)
    {
        fixed (byte* at = parameter)
        {
            void* address = at;
            return cuLaunchKernel(function, (uint)geometry.Blocks, 1, 1, (uint)geometry.Threads, 1, 1, (uint)geometry.DynamicSharedBytes, stream, &address, null);
        }
    }

    private static nint Load()
    {
        var name = OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1";
        return NativeLibrary.TryLoad(name, out var handle) ? handle : throw new CudaException(DriverSearch.WhyMissing(name));
    }

    [LibraryImport(Library)]
    private static partial CudaResult cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial CudaResult cuDriverGetVersion(out int version);

    [LibraryImport(Library)]
    private static partial CudaResult cuGetErrorName(CudaResult error, byte** text);

    [LibraryImport(Library)]
    private static partial CudaResult cuGetErrorString(CudaResult error, byte** text);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetCount(out int count);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetName(byte* name, int length, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDeviceGetAttribute(out int value, DeviceAttribute attribute, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    private static partial CudaResult cuCtxSetCurrent(nint context);

    [LibraryImport(Library)]
    private static partial CudaResult cuModuleLoadDataEx(out nint module, byte* image, uint count, int* options, nint* values);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial CudaResult cuModuleGetFunction(out nint function, nint module, string name);

    [LibraryImport(Library)]
    private static partial CudaResult cuFuncGetAttribute(out int value, FunctionAttribute attribute, nint function);

    [LibraryImport(Library)]
    private static partial CudaResult cuFuncSetAttribute(nint function, FunctionAttribute attribute, int value);

    [LibraryImport(Library)]
    private static partial CudaResult cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** arguments, void** extra);
}
