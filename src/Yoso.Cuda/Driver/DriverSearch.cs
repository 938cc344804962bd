// SPDX-License-Identifier: MIT
namespace Yoso.Cuda.Driver;

/// <summary>Says why the driver's library cannot be loaded: not there, or a link that leads nowhere (Debian's toolkit without a kernel driver).</summary>
internal static class DriverSearch
{
    private static readonly string[] Folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib"];

    public static string WhyMissing(string library) => WhyMissing(library, Folders);

    internal static string WhyMissing(string library, IEnumerable<string> folders)
    {
        foreach (var path in folders.Select(f => Path.Combine(f, library)))
        {
            var file = new FileInfo(path);
            if (file.LinkTarget is { } target && file.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true })
            {
                return $"no NVIDIA driver: {path} is a link to {target}, which does not exist; install the NVIDIA kernel driver, or use --device cpu";
            }

            if (file.Exists)
            {
                return $"the NVIDIA driver's {path} cannot be loaded; does it belong to this system's architecture and kernel driver (nvidia-smi)?";
            }
        }

        return $"no NVIDIA driver: {library} is not installed; install the NVIDIA kernel driver, or use --device cpu";
    }
}
