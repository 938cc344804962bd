// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.InteropServices;
using Yoso.Models.Native;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>Where a run happens. Costs two short processes (git, nvidia-smi), so it is taken once a job.</summary>
internal static class Fingerprint
{
    public static RunFingerprint Take(int threads)
    {
        var (commit, dirty) = Git();
        var gpu = Output("nvidia-smi", "--query-gpu=name,driver_version --format=csv,noheader")?.Split('\n')[0].Split(", ");
        return new RunFingerprint
        {
            OperatingSystem = RuntimeInformation.OSDescription,
            Cpu = CpuModel(),
            CpuKernels = CpuKernelPath(),
            Threads = threads,
            Gpu = gpu?[0],
            Driver = gpu is { Length: > 1 } ? gpu[1] : null,
            LibTorch = TorchNative.Version,
            DotNet = Environment.Version.ToString(),
            GitCommit = commit,
            GitDirty = dirty,
            Image = Environment.GetEnvironmentVariable("YOSO_IMAGE") is { Length: > 0 } image ? image : null,
        };
    }

    /// <summary>Of the checkout. Where there is none - in a container, on a node - the build says it: YOSO_COMMIT, with "+" behind it for local changes.</summary>
    public static (string Commit, bool Dirty) Git()
    {
        if (Environment.GetEnvironmentVariable("YOSO_COMMIT") is { Length: > 0 } told)
        {
            return (told.TrimEnd('+'), told.EndsWith('+'));
        }

        var commit = Output("git", "rev-parse HEAD")?.Trim();
        var status = Output("git", "status --porcelain --untracked-files=no");
        return (commit is { Length: > 0 } ? commit : "unknown", status is { Length: > 0 });
    }

    public static string CpuModel() =>
        $"{CpuName(File.Exists("/proc/cpuinfo") ? File.ReadLines("/proc/cpuinfo") : []) ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores";

    /// <summary>Of the lines of /proc/cpuinfo. Virtual machines hide the model's number: "AMD EPYC" may be a Zen 3 or a Zen 5, which family and model tell.</summary>
    internal static string? CpuName(IEnumerable<string> lines)
    {
        var values = lines.TakeWhile(line => line.Length > 0)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .GroupBy(pair => pair[0].Trim())
            .ToDictionary(g => g.Key, g => g.First()[1].Trim());
        return !values.TryGetValue("model name", out var name) || name.Any(char.IsDigit) || !values.TryGetValue("cpu family", out var family)
            ? name
            : $"{name} (family {family}, model {values.GetValueOrDefault("model", "?")})";
    }

    /// <summary>The register width that the CPU kernels of this process use.</summary>
    public static string CpuKernelPath() => Yoso.Cpu.CpuKernels.Path switch
    {
        Yoso.Cpu.SimdPath.Vector512 => "AVX-512",
        Yoso.Cpu.SimdPath.Vector256 => "AVX2",
        _ => "Vector128",
    };

    /// <summary>Peak resident memory of this process in bytes.</summary>
    public static long PeakMemory()
    {
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Standard output of a program, null when it is missing or fails.</summary>
    public static string? Output(string program, string arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.ErrorDataReceived += static (_, _) => { };
            process.BeginErrorReadLine();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? text : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
