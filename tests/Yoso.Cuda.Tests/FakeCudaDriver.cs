// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Text;
using Yoso.Cuda.Driver;

namespace Yoso.Cuda.Tests;

/// <summary>A driver without a GPU: remembers what it was told, and fails where a test wants it to.</summary>
internal sealed class FakeCudaDriver : ICudaDriver
{
    public sealed record LaunchedKernel(string Name, LaunchGeometry Geometry, nint Stream, byte[] Parameter)
    {
        public T Read<T>()
            where T : unmanaged
        {
            Assert.Equal(Marshal.SizeOf<T>(), Parameter.Length);
            return MemoryMarshal.Read<T>(Parameter);
        }
    }

    private readonly Lock _gate = new();
    private readonly Dictionary<nint, string> _functions = [];
    private readonly Dictionary<int, nint> _current = [];

    public List<LaunchedKernel> Launches { get; } = [];

    public List<(string Function, int Bytes)> DynamicShared { get; } = [];

    public List<string> LoadedImages { get; } = [];

    public int Devices { get; init; } = 1;

    public int Capability { get; init; } = 90;

    public int MaxSharedBytes { get; init; } = 232_448;

    /// <summary>The call that fails, by its method's name, and with what.</summary>
    public (string Call, CudaResult Result)? Failure { get; set; }

    /// <summary>The kernel whose launch fails.</summary>
    public string? FailingKernel { get; init; }

    /// <summary>Launches on threads that had no current context.</summary>
    public int LaunchesWithoutContext { get; private set; }

    public CudaResult Initialize() => Answer(nameof(Initialize));

    public CudaResult GetVersion(out int version)
    {
        version = 13000;
        return Answer(nameof(GetVersion));
    }

    public (string Name, string Text) Describe(CudaResult result) => ($"CUDA_ERROR_{result}", $"text of {(int)result}");

    public CudaResult GetDeviceCount(out int count)
    {
        count = Devices;
        return Answer(nameof(GetDeviceCount));
    }

    public CudaResult GetDeviceName(int device, out string name)
    {
        name = $"Fake {device}";
        return Answer(nameof(GetDeviceName));
    }

    public CudaResult GetDeviceAttribute(DeviceAttribute attribute, int device, out int value)
    {
        value = attribute switch
        {
            DeviceAttribute.ComputeCapabilityMajor => Capability / 10,
            DeviceAttribute.ComputeCapabilityMinor => Capability % 10,
            DeviceAttribute.MaxSharedMemoryPerBlockOptin => MaxSharedBytes,
            _ => 7,
        };
        return Answer(nameof(GetDeviceAttribute));
    }

    public CudaResult RetainPrimaryContext(int device, out nint context)
    {
        context = 1000 + device;
        return Answer(nameof(RetainPrimaryContext));
    }

    public CudaResult SetCurrentContext(nint context)
    {
        lock (_gate)
        {
            _current[Environment.CurrentManagedThreadId] = context;
        }

        return Answer(nameof(SetCurrentContext));
    }

    public CudaResult LoadModule(ReadOnlySpan<byte> image, out nint module, out string log)
    {
        lock (_gate)
        {
            LoadedImages.Add(Encoding.UTF8.GetString(image));
            module = LoadedImages.Count;
        }

        log = Failure is null ? "" : "ptxas says";
        return Answer(nameof(LoadModule));
    }

    public CudaResult GetFunction(nint module, string name, out nint function)
    {
        lock (_gate)
        {
            function = 100 + _functions.Count;
            _functions[function] = name;
        }

        return Answer(nameof(GetFunction));
    }

    public CudaResult GetFunctionAttribute(nint function, FunctionAttribute attribute, out int value)
    {
        value = (int)attribute;
        return Answer(nameof(GetFunctionAttribute));
    }

    public CudaResult SetFunctionAttribute(nint function, FunctionAttribute attribute, int value)
    {
        DynamicShared.Add((_functions[function], value));
        return Answer(nameof(SetFunctionAttribute));
    }

    public CudaResult Launch(nint function, LaunchGeometry geometry, nint stream, ReadOnlySpan<byte> parameter)
    {
        lock (_gate)
        {
            LaunchesWithoutContext += _current.ContainsKey(Environment.CurrentManagedThreadId) ? 0 : 1;
            Launches.Add(new LaunchedKernel(_functions[function], geometry, stream, parameter.ToArray()));
        }

        return _functions[function] == FailingKernel ? CudaResult.LaunchFailed : Answer(nameof(Launch));
    }

    private CudaResult Answer(string call) => Failure is { } failure && failure.Call == call ? failure.Result : CudaResult.Success;
}
