// SPDX-License-Identifier: MIT
using System.Diagnostics;
using Yoso.Cuda.Compilation;

namespace Yoso.Cuda.Tests.Compilation;

/// <summary>
/// The CUDA compilers for tests. Where none is and this is Debian as root, as in CI, they are installed: packages nvidia-cuda-toolkit,
/// libnvrtc11.2 and clang-14, about two minutes. Anywhere else the tests that need them are skipped, and say so.
/// </summary>
internal static class CudaToolkit
{
    private static readonly Lazy<string?> Obstacle = new(Prepare);

    /// <summary>A compiler by its name; skips the calling test where it cannot be had.</summary>
    public static IKernelCompiler Require(string name)
    {
        Assert.SkipWhen(Obstacle.Value is not null, Obstacle.Value ?? "");
        return KernelCompilers.Find(name, out var reasons) ?? throw new InvalidOperationException(string.Join("; ", reasons));
    }

    private static string? Prepare()
    {
        if (IsComplete())
        {
            return null;
        }

        if (!OperatingSystem.IsLinux() || !File.Exists("/etc/debian_version") || Environment.UserName != "root")
        {
            return "no nvcc and NVRTC here, and only Debian as root installs them: install the CUDA toolkit to run this test";
        }

        // One process installs, the others wait; dpkg has a lock of its own, but fails where it should wait.
        using var turn = Wait(Path.Combine(Path.GetTempPath(), "yoso-cuda-toolkit.lock"));
        if (!IsComplete())
        {
            Install();
        }

        return null;
    }

    private static bool IsComplete() => KernelCompilers.Find("nvcc", out _) is not null && KernelCompilers.Find("nvrtc", out _) is not null;

    /// <summary>A failure here fails the tests: on such a machine the toolkit must be there.</summary>
    private static void Install()
    {
        const string script = """
            set -e
            export DEBIAN_FRONTEND=noninteractive
            for f in /etc/apt/sources.list.d/debian.sources; do
              [ -f "$f" ] && sed -i '/^Components:/{/non-free\b/!s/$/ contrib non-free/}' "$f"
            done
            [ -f /etc/apt/sources.list ] && sed -i '/^deb .* main/{/ non-free\( \|$\)/!s/$/ contrib non-free/}' /etc/apt/sources.list
            apt-get update -qq -o DPkg::Lock::Timeout=600
            apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 nvidia-cuda-toolkit libnvrtc11.2 clang-14
            """;
        using var process = Process.Start(new ProcessStartInfo("bash", ["-c", script]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"the CUDA toolkit cannot be installed:\n{output}{errors.GetAwaiter().GetResult()}");
    }

    private static FileStream Wait(string path)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException)
            {
                Thread.Sleep(500);
            }
        }
    }
}
