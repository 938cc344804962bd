// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Efficiency;

/// <summary>How much memory a process has used at most, beyond what it had at a chosen moment.</summary>
internal interface IPeakMemory
{
    /// <summary>MiB since the object was made.</summary>
    double Peak();
}

/// <summary>Resident memory.</summary>
internal sealed class ProcessMemory : IPeakMemory
{
    private readonly double _before;

    public ProcessMemory()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        if (OperatingSystem.IsLinux())
        {
            // What is free in the heap would be reused unseen; and the peak starts again from here. Elsewhere what came before counts as well.
            NativeHeap.Trim();
            File.WriteAllText("/proc/self/clear_refs", "5");
        }

        _before = Read("VmRSS:", p => p.WorkingSet64);
    }

    public double Peak() => Read("VmHWM:", p => p.PeakWorkingSet64) - _before;

    private static double Read(string row, Func<Process, long> elsewhere)
    {
        if (!OperatingSystem.IsLinux())
        {
            using var process = Process.GetCurrentProcess();
            return elsewhere(process) / 1048576.0;
        }

        return Mebibytes(File.ReadLines("/proc/self/status").First(l => l.StartsWith(row, StringComparison.Ordinal)));
    }

    /// <param name="line">A row of /proc/self/status: name, tab, number (padded with spaces up to seven digits only), " kB".</param>
    internal static double Mebibytes(string line) => double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}

/// <summary>A GPU's memory that libtorch's allocator has reserved: it gives nothing back, so what is taken at the end is the peak, in whole blocks.</summary>
internal sealed unsafe class GpuMemory : IPeakMemory
{
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memoryInfo;
    private readonly long _before;

    public GpuMemory()
    {
        var driver = NativeLibrary.Load(OperatingSystem.IsWindows() ? "nvcuda" : "libcuda.so.1");
        _memoryInfo = (delegate* unmanaged<nuint*, nuint*, int>)NativeLibrary.GetExport(driver, "cuMemGetInfo_v2");
        _before = Free();
    }

    public double Peak() => (_before - Free()) / 1048576.0;

    private long Free()
    {
        nuint free, total;
        var code = _memoryInfo(&free, &total);
        return code == 0 ? (long)free : throw new InvalidOperationException($"cuMemGetInfo: error {code}");
    }
}
