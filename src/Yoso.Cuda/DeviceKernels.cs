// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Yoso.Cuda.Compilation;
using Yoso.Cuda.Driver;

namespace Yoso.Cuda;

/// <summary>
/// The kernels of one GPU, in the context that libtorch uses. Modules load when they are first needed and stay. Every call may come from
/// any thread: autograd runs backward passes on its own, where no context is current until this makes it so.
/// </summary>
public sealed class DeviceKernels
{
    private readonly ICudaDriver _driver;
    private readonly Func<KernelUnit, int, (CompiledUnit Unit, byte[] Image)> _images;
    private readonly nint _context;
    private readonly Lock _loading = new();
    private readonly Dictionary<KernelUnit, CompiledUnit> _loaded = [];
    private readonly Dictionary<KernelUnit, nint> _modules = [];
    private readonly ConcurrentDictionary<KernelName, nint> _functions = new();
    private readonly ConcurrentDictionary<nint, int> _dynamicShared = new();

    /// <param name="driver">The machine's driver.</param>
    /// <param name="device">Ordinal of the GPU.</param>
    /// <param name="images">Compiled kernels.</param>
    /// <param name="ptxOnly">Leave the machine code aside and let the driver compile the PTX, as on a GPU newer than all of it.</param>
    /// <exception cref="CudaException">No such device, or the driver fails.</exception>
    public DeviceKernels(ICudaDriver driver, int device, KernelImages images, bool ptxOnly = false)
        : this(driver, device, ptxOnly ? images.PtxFor : images.For)
    {
    }

    internal DeviceKernels(ICudaDriver driver, int device, Func<KernelUnit, int, (CompiledUnit Unit, byte[] Image)> images)
    {
        var devices = CudaDevices.List(driver);
        if (device < 0 || device >= devices.Length)
        {
            throw new CudaException($"no CUDA device {device}: there are {devices.Length}");
        }

        (_driver, _images, Device) = (driver, images, devices[device]);
        driver.Check(driver.RetainPrimaryContext(device, out _context), $"cuDevicePrimaryCtxRetain of {Device.Name}");
    }

    public CudaDeviceInfo Device { get; }

    /// <summary>What of the compiled kernels is in use, for people: "LshCumulation.w64 sm_90".</summary>
    public IReadOnlyCollection<string> Loaded
    {
        get
        {
            lock (_loading)
            {
                return [.. _loaded.Select(l => $"{l.Key} {l.Value.Target}")];
            }
        }
    }

    /// <summary>Makes the device's primary context current on the calling thread; costs under a microsecond.</summary>
    public void MakeCurrent() => _driver.Check(_driver.SetCurrentContext(_context), $"cuCtxSetCurrent of {Device.Name}");

    /// <summary>Starts a kernel on <paramref name="stream"/>; returns at once.</summary>
    /// <param name="kernel">Unit and C name.</param>
    /// <param name="geometry">Grid and block.</param>
    /// <param name="stream">Of this device.</param>
    /// <param name="parameter">The kernel's one parameter.</param>
    /// <param name="shapes">What it works on, for an error's text.</param>
    /// <exception cref="CudaException">Names kernel, shapes, grid, and the driver's error; an error of an earlier kernel can surface here.</exception>
    internal void Launch<T>(KernelName kernel, LaunchGeometry geometry, CudaStream stream, in T parameter, object shapes)
        where T : unmanaged
    {
        MakeCurrent();
        if (Problem(geometry) is { } problem)
        {
            throw new CudaException($"{kernel} for {shapes}: {problem}");
        }

        var function = _functions.GetOrAdd(kernel, static (k, self) => self.Load(k), this);
        AllowDynamicShared(kernel, function, geometry.DynamicSharedBytes);
        var result = _driver.Launch(function, geometry, stream.Handle, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in parameter)));
        if (result != CudaResult.Success)
        {
            throw CudaCalls.Failure(_driver, result, $"{kernel} for {shapes} with {geometry} on {Device.Name}");
        }
    }

    /// <summary>Registers, shared memory and local memory of a loaded kernel as the driver sees them.</summary>
    internal (int Registers, int SharedBytes, int LocalBytes) Resources(KernelName kernel)
    {
        MakeCurrent();
        var function = _functions.GetOrAdd(kernel, static (k, self) => self.Load(k), this);
        return (Get(FunctionAttribute.Registers), Get(FunctionAttribute.StaticSharedBytes), Get(FunctionAttribute.LocalBytes));

        int Get(FunctionAttribute attribute)
        {
            _driver.Check(_driver.GetFunctionAttribute(function, attribute, out var value), $"cuFuncGetAttribute({attribute}) of {kernel}");
            return value;
        }
    }

    private string? Problem(LaunchGeometry geometry) => geometry switch
    {
        { Blocks: < 1 } or { Threads: < 1 } => $"nothing to launch in {geometry}",
        { Blocks: > int.MaxValue } => $"{geometry} is out of range: {int.MaxValue} blocks at most; split the batch",
        { Threads: > 1024 } => $"{geometry} is out of range: 1,024 threads at most",
        _ when geometry.DynamicSharedBytes > Device.MaxSharedBytes => $"{geometry} is out of range: a block of {Device.Name} has {Device.MaxSharedBytes} bytes of shared memory at most",
        _ => null,
    };

    private nint Load(KernelName kernel)
    {
        lock (_loading)
        {
            if (!_modules.TryGetValue(kernel.Unit, out var module))
            {
                var (unit, image) = _images(kernel.Unit, Device.Capability);
                var result = _driver.LoadModule(image, out module, out var log);
                _driver.Check(result, $"loading {unit.File} on {Device.Name} (sm_{Device.Capability}){(result != CudaResult.Success && log.Length > 0 ? $": {log}" : "")}");
                _modules.Add(kernel.Unit, module);
                _loaded.Add(kernel.Unit, unit);
            }

            _driver.Check(_driver.GetFunction(module, kernel.Name, out var function), $"{kernel} is not in its module");
            return function;
        }
    }

    /// <summary>Above 48 KiB a function must be told before it is launched; the driver keeps the highest value that was set.</summary>
    private void AllowDynamicShared(KernelName kernel, nint function, int bytes)
    {
        const int withoutAsking = 48 * 1024;
        if (bytes <= withoutAsking || _dynamicShared.GetValueOrDefault(function) >= bytes)
        {
            return;
        }

        lock (_loading)
        {
            if (_dynamicShared.GetValueOrDefault(function) < bytes)
            {
                _driver.Check(
                    _driver.SetFunctionAttribute(function, FunctionAttribute.MaxDynamicSharedBytes, bytes), $"{kernel} asks {Device.Name} for {bytes} bytes of shared memory");
                _dynamicShared[function] = bytes;
            }
        }
    }
}

/// <summary>A kernel: its module, and the C name in it.</summary>
internal readonly record struct KernelName(KernelUnit Unit, string Name)
{
    public override string ToString() => $"{Name} ({Unit.Source}.cu, width {Unit.Width})";
}
