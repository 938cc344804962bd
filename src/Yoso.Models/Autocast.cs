// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Yoso.Models;

/// <summary>
/// Runs matrix products in bfloat16 while it lives: torch's autocast, which TorchSharp does not wrap, through the C++ functions of
/// libtorch. Weights, gradients and the attention mechanisms stay in float32. Of the thread that made it.
/// </summary>
/// <remarks>The names are those of libtorch on Linux.</remarks>
public sealed class Autocast : IDisposable
{
    private const string Library = "libtorch_cpu.so";

    [ThreadStatic]
    private static int _depth;

    private readonly sbyte _device;
    private readonly byte _wasEnabled;
    private readonly sbyte _previousType;
    private bool _disposed;

    /// <exception cref="PlatformNotSupportedException">This libtorch has no such functions: every system but Linux.</exception>
    public Autocast(DeviceType device)
    {
        if (!Supported)
        {
            throw new PlatformNotSupportedException("bfloat16 needs libtorch for Linux; use precision float32 here");
        }

        _device = (sbyte)device;
        _wasEnabled = IsEnabled(_device);
        _previousType = GetType(_device);
        SetEnabled(_device, 1);
        SetType(_device, (sbyte)ScalarType.BFloat16);
        Increment();
        _depth++;
    }

    public static bool Supported => OperatingSystem.IsLinux();

    /// <summary>Whether this thread is inside one.</summary>
    public static bool IsActive => _depth > 0;

    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _depth--;
        if (Decrement() == 0)
        {
            ClearCache();
        }

        SetEnabled(_device, _wasEnabled);
        SetType(_device, _previousType);
    }

    [DllImport(Library, EntryPoint = "_ZN2at8autocast20set_autocast_enabledEN3c1010DeviceTypeEb")]
    private static extern void SetEnabled(sbyte device, byte enabled);

    [DllImport(Library, EntryPoint = "_ZN2at8autocast19is_autocast_enabledEN3c1010DeviceTypeE")]
    private static extern byte IsEnabled(sbyte device);

    [DllImport(Library, EntryPoint = "_ZN2at8autocast18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE")]
    private static extern void SetType(sbyte device, sbyte type);

    [DllImport(Library, EntryPoint = "_ZN2at8autocast18get_autocast_dtypeEN3c1010DeviceTypeE")]
    private static extern sbyte GetType(sbyte device);

    [DllImport(Library, EntryPoint = "_ZN2at8autocast17increment_nestingEv")]
    private static extern int Increment();

    [DllImport(Library, EntryPoint = "_ZN2at8autocast17decrement_nestingEv")]
    private static extern int Decrement();

    [DllImport(Library, EntryPoint = "_ZN2at8autocast11clear_cacheEv")]
    private static extern void ClearCache();
}
