// SPDX-License-Identifier: MIT
using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Yoso.Cuda.Compilation;

/// <summary>nvcc of a CUDA toolkit, with a host compiler that it accepts.</summary>
internal sealed partial class NvccCompiler : IKernelCompiler
{
    private readonly string _program;
    private readonly string[] _hostCompiler;

    private NvccCompiler(string program, string version, string? hostCompiler, IReadOnlyList<string> architectures)
    {
        _program = program;
        _hostCompiler = hostCompiler is null ? [] : ["-ccbin", hostCompiler];
        Version = $"nvcc {version}";
        Location = hostCompiler is null ? program : $"{program} with {hostCompiler}";
        Architectures = architectures;
    }

    public string Version { get; }

    public string Location { get; }

    public string Options => KernelCompilers.CommonOptions;

    public IReadOnlyList<string> Architectures { get; }

    /// <summary>nvcc on the PATH, in CUDA_HOME or CUDA_PATH, or in /usr/local/cuda; null with the reason where none works.</summary>
    public static NvccCompiler? Find(out string reason)
    {
        var folders = KernelCompilers.ToolkitFolders().Select(f => Path.Combine(f, "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        var program = folders.Select(f => Path.Combine(f, OperatingSystem.IsWindows() ? "nvcc.exe" : "nvcc")).FirstOrDefault(File.Exists);
        if (program is null)
        {
            reason = "nvcc is not on the PATH, in CUDA_HOME or in /usr/local/cuda";
            return null;
        }

        var (code, output) = Run(program, ["--version"], Environment.CurrentDirectory);
        if (code != 0 || VersionNumber().Match(output) is not { Success: true } version)
        {
            reason = $"{program} --version fails: {KernelCompilers.FirstLine(output)}";
            return null;
        }

        var major = int.Parse(version.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
        var architectures = Run(program, ["--list-gpu-arch"], Environment.CurrentDirectory).Output.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Where(a => a.StartsWith("compute_", StringComparison.Ordinal)).Select(a => "sm_" + a["compute_".Length..]).ToArray();
        var compiler = new NvccCompiler(program, $"{version.Groups[1].Value}.{version.Groups[2].Value}", HostCompiler(major), architectures);
        return compiler.Works(out reason) ? compiler : null;
    }

    public CompilerOutput Compile(KernelSources sources, KernelUnit unit, KernelTarget target)
    {
        var folder = Directory.CreateTempSubdirectory("yoso-nvcc-").FullName;
        try
        {
            foreach (var (name, text) in sources.Files)
            {
                File.WriteAllText(Path.Combine(folder, name), text);
            }

            string[] what = target.IsPtx ? ["-ptx", "-arch", target.ToString()] : ["-cubin", "-arch", target.ToString(), "-Xptxas", "-v"];
            var (code, output) = Run(_program, [.. _hostCompiler, .. Options.Split(' '), $"-DYOSO_WIDTH={unit.Width}", "-I.", .. what, "-o", "out", unit.Source + ".cu"], folder);
            return code == 0
                ? new CompilerOutput(File.ReadAllBytes(Path.Combine(folder, "out")), target.IsPtx ? [] : PtxasLog.Parse(output))
                : throw new KernelCompilationException(KernelCompilers.Failure(this, unit, target, output));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>CUDA 11 refuses gcc above 11 and clang above 14; a later toolkit takes the system's compiler.</summary>
    private static string? HostCompiler(int major)
    {
        if (major > 11 || OperatingSystem.IsWindows())
        {
            return null;
        }

        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return ((string[])["g++-11", "g++-10", "clang-14", "clang-13"]).FirstOrDefault(c => folders.Any(f => File.Exists(Path.Combine(f, c))));
    }

    /// <summary>Whether an empty unit compiles: nvcc can be there without a host compiler that it accepts.</summary>
    private bool Works(out string reason)
    {
        try
        {
            Compile(new KernelSources([new("empty.cu", "extern \"C\" __global__ void empty() {}\n")]), new KernelUnit("empty", 32), KernelTarget.Parse(Architectures[^1])!.Value);
            reason = "";
            return true;
        }
        catch (KernelCompilationException e)
        {
            reason = $"{Location} does not work: {KernelCompilers.FirstLine(e.Message.Split('\n', 2)[^1])}";
            return false;
        }
    }

    private static (int Code, string Output) Run(string program, string[] arguments, string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.GetAwaiter().GetResult());
        }
        catch (Win32Exception e)
        {
            return (-1, e.Message);
        }
    }

    [GeneratedRegex(@"release \d+\.\d+, V(\d+)\.(\d+\.\d+)")]
    private static partial Regex VersionNumber();
}
