// SPDX-License-Identifier: MIT
using Yoso.Cuda.Driver;

namespace Yoso.Cuda;

/// <summary>A GPU of this machine.</summary>
/// <param name="Ordinal">The driver's and libtorch's number, from 0.</param>
/// <param name="Name">NVIDIA's name.</param>
/// <param name="Capability">Compute capability times ten: 90 for 9.0.</param>
/// <param name="Multiprocessors">Streaming multiprocessors.</param>
/// <param name="MaxSharedBytes">Shared memory that a block may ask for.</param>
/// <param name="L2Bytes">Size of the second-level cache.</param>
public sealed record CudaDeviceInfo(int Ordinal, string Name, int Capability, int Multiprocessors, int MaxSharedBytes, int L2Bytes);

/// <summary>What GPUs there are.</summary>
public static class CudaDevices
{
    /// <summary>All GPUs.</summary>
    /// <exception cref="CudaException">The driver answers with an error, or has no GPU.</exception>
    public static CudaDeviceInfo[] List(ICudaDriver driver)
    {
        var initialized = driver.Initialize();
        if (initialized == CudaResult.NoDevice)
        {
            throw new CudaException("the NVIDIA driver's library is here, but no GPU (cuInit: CUDA_ERROR_NO_DEVICE); nvidia-smi tells more, --device cpu runs without one", initialized);
        }

        driver.Check(initialized, "cuInit");
        driver.Check(driver.GetDeviceCount(out var count), "cuDeviceGetCount");
        return [.. Enumerable.Range(0, count).Select(d => Device(driver, d))];
    }

    /// <summary>In words, for a person: the GPUs, or why there are none.</summary>
    public static string Describe()
    {
        try
        {
            var driver = NativeCudaDriver.Open();
            var devices = List(driver);
            driver.Check(driver.GetVersion(out var version), "cuDriverGetVersion");
            return $"CUDA {version / 1000}.{version % 1000 / 10}: {string.Join(", ", devices.Select(d => $"{d.Name} (sm_{d.Capability})"))}";
        }
        catch (CudaException e)
        {
            return e.Message;
        }
    }

    /// <summary>Compute capabilities of the GPUs of this machine; none without a driver or GPU.</summary>
    internal static IEnumerable<int> Capabilities()
    {
        try
        {
            return List(NativeCudaDriver.Open()).Select(d => d.Capability);
        }
        catch (CudaException)
        {
            return [];
        }
    }

    private static CudaDeviceInfo Device(ICudaDriver driver, int device)
    {
        driver.Check(driver.GetDeviceName(device, out var name), $"cuDeviceGetName of device {device}");
        return new CudaDeviceInfo(
            device,
            name,
            (10 * Get(DeviceAttribute.ComputeCapabilityMajor)) + Get(DeviceAttribute.ComputeCapabilityMinor),
            Get(DeviceAttribute.MultiprocessorCount),
            Get(DeviceAttribute.MaxSharedMemoryPerBlockOptin),
            Get(DeviceAttribute.L2CacheSize));

        int Get(DeviceAttribute attribute)
        {
            driver.Check(driver.GetDeviceAttribute(attribute, device, out var value), $"cuDeviceGetAttribute({attribute}) of device {device}");
            return value;
        }
    }
}
