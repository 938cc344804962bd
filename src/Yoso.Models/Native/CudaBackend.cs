// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Yoso.Cuda;
using Yoso.Cuda.Driver;

namespace Yoso.Models.Native;

/// <summary>The kernels of Yoso.Cuda for the GPUs of this process, in libtorch's context and on its stream.</summary>
public static class CudaBackend
{
    private static readonly ConcurrentDictionary<int, Lazy<DeviceKernels>> Devices = new();

    /// <summary>Hears what takes long: compiling kernels that are not there yet.</summary>
    public static Action<string> Report { get; set; } = static line => Console.Error.WriteLine($"yoso: {line}");

    /// <summary>The kernels of a GPU; made when first asked for, with the kernels' compilation where they are missing.</summary>
    /// <param name="device">Ordinal, as TorchSharp numbers the GPUs.</param>
    /// <exception cref="CudaException">No driver or no such GPU.</exception>
    /// <exception cref="InvalidDataException">No compiled kernels for it and no compiler; the message says what to run.</exception>
    public static DeviceKernels Kernels(int device) => Devices.GetOrAdd(device, static d => new Lazy<DeviceKernels>(() => Open(d))).Value;

    /// <summary>The stream on which libtorch queues this thread's work of a GPU.</summary>
    internal static CudaStream CurrentStream(int device)
    {
        var code = aoti_torch_get_current_cuda_stream(device, out var stream);
        return code == 0 ? new CudaStream(stream) : throw new CudaException($"libtorch does not tell its current stream of device {device}: error {code}");
    }

    private static DeviceKernels Open(int device)
    {
        var driver = NativeCudaDriver.Open();
        var devices = CudaDevices.List(driver);
        if (device < 0 || device >= devices.Length)
        {
            throw new CudaException($"no CUDA device {device}: there are {devices.Length}");
        }

        return new DeviceKernels(driver, device, KernelLibrary.Open(KernelLibrary.Folder, devices[device].Capability, Report));
    }

    [DllImport("torch_cuda")]
    private static extern int aoti_torch_get_current_cuda_stream(int device, out nint stream);
}
