// SPDX-License-Identifier: MIT
using Yoso.Cuda.Driver;

namespace Yoso.Cuda.Compilation;

/// <summary>Chooses the compiler of this machine and the architectures that kernels are compiled for.</summary>
public static class KernelCompilers
{
    /// <summary>
    /// C++17. No fast math: hash codes must have the same bits as on a CPU, and NaN must stay NaN. No line numbers: they triple the files.
    /// </summary>
    internal const string CommonOptions = "-std=c++17";

    /// <summary>What is compiled for where there is no GPU: every data-centre and desktop generation from Ampere to Hopper.</summary>
    public static IReadOnlyList<int> DefaultCapabilities { get; } = [80, 86, 89, 90];

    /// <summary>The oldest architecture; its PTX runs on every later one.</summary>
    public const int PtxCapability = 80;

    /// <summary>nvcc, else NVRTC; null where neither works, and then <paramref name="reasons"/> says why.</summary>
    /// <param name="wanted">"nvcc", "nvrtc" or "auto".</param>
    /// <param name="reasons">One clause a compiler that was looked for and does not work.</param>
    public static IKernelCompiler? Find(string wanted, out IReadOnlyList<string> reasons)
    {
        var failures = new List<string>();
        reasons = failures;
        if (wanted is "auto" or "nvcc")
        {
            if (NvccCompiler.Find(out var reason) is { } nvcc)
            {
                return nvcc;
            }

            failures.Add(reason);
        }

        if (wanted is "auto" or "nvrtc")
        {
            if (NvrtcCompiler.Find(out var reason) is { } nvrtc)
            {
                return nvrtc;
            }

            failures.Add(reason);
        }

        return null;
    }

    /// <summary>
    /// Those of the GPUs that are here, where the compiler knows them; else the default ones that it knows. PTX is added, so that a later GPU runs too.
    /// </summary>
    public static IReadOnlyList<KernelTarget> DefaultTargets(IKernelCompiler compiler)
    {
        var present = CudaDevices.Capabilities().Distinct().Where(c => c >= PtxCapability).ToArray();
        var known = (present.Length > 0 ? present : DefaultCapabilities).Where(c => compiler.Architectures.Contains($"sm_{c}"));
        return [.. known.Order().Select(c => new KernelTarget(c, IsPtx: false)), new KernelTarget(PtxCapability, IsPtx: true)];
    }

    internal static IEnumerable<string> ToolkitFolders() =>
        ((string?[])[Environment.GetEnvironmentVariable("CUDA_HOME"), Environment.GetEnvironmentVariable("CUDA_PATH"), "/usr/local/cuda"])
        .OfType<string>().Where(f => f.Length > 0);

    /// <summary>What a person needs to find the mistake: unit, target, compiler, then its text with the path in the repository.</summary>
    internal static string Failure(IKernelCompiler compiler, KernelUnit unit, KernelTarget target, string output)
    {
        var lines = output.ReplaceLineEndings("\n").Split('\n').Where(l => l.Trim().Length > 0)
            .Select(l => l.StartsWith("./", StringComparison.Ordinal) ? l[2..] : l)
            .Select(l => l.StartsWith(unit.Source + ".cu(", StringComparison.Ordinal) || HeaderLine(l) ? "src/Yoso.Cuda/Kernels/" + l : l);
        return $"{unit.Source}.cu does not compile for {target}, width {unit.Width}, with {compiler.Version}:\n{string.Join('\n', lines)}";
    }

    internal static string FirstLine(string text) => text.Split('\n').Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? "no message";

    private static bool HeaderLine(string line) => line.IndexOf(".cuh(", StringComparison.Ordinal) is var at and > 0 && !line[..at].Contains('/');
}
