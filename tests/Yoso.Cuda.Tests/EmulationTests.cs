// SPDX-License-Identifier: MIT
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Cuda.Tests;

/// <summary>
/// The kernels compiled as C++ and run on emulated blocks, with the threads in random order, against the definitions in double
/// precision. Needs a C++17 compiler: $CXX, c++, g++ or clang++.
/// </summary>
public sealed class EmulationTests
{
    private const int BarrierSeed = 1, BarrierCases = 14, CornerSeed = 1, CornerCases = 3;

    /// <summary>
    /// Barriers whose absence no order of the threads can show. After a list is read the next one is written behind a ballot, where
    /// all lanes meet anyway; CUDA promises the order of memory only for the barrier. In the sum of the warps each lane overwrites what it alone has read.
    /// </summary>
    private static readonly HashSet<string> Unseen =
    [
        "Cumulation.cuh: __syncwarp();  // the next list overwrites this one",
        "WeightedLshCumulation.cu: __syncwarp();  // the next list overwrites this one",
        "WeightedLshCumulationSampled.cu: __syncwarp();  // the next list overwrites this one",
        "CrowdedMatrix.cuh: __syncthreads();  // the lower half overwrites them",
    ];

    private static readonly ConcurrentDictionary<int, Lazy<string>> Programs = new();

    private static string Here => Path.Combine(FindRoot(), "tests", "Yoso.Cuda.Tests", "Emulation");

    private static string Kernels => Path.Combine(FindRoot(), "src", "Yoso.Cuda", "Kernels");

    [Theory]
    [InlineData(32, 12)]
    [InlineData(64, 20)]
    [InlineData(128, 8)]
    [InlineData(256, 6)]
    public void Kernels_EqualTheirDefinitions_OnRandomCases(int width, int cases)
    {
        var (code, text) = Run(width, "cases", "1000", $"{cases}");

        Assert.True(code == 0, text);
    }

    [Fact]
    public void Emulation_FindsPlantedFaults()
    {
        var (code, text) = Run(64, "planted");

        Assert.True(code == 0, text);
    }

    /// <summary>Slots of Sampled mode that two tokens ask for; large crowded buckets, alone and repeated. See Cases.hpp.</summary>
    [Fact]
    public void Kernels_EqualTheirDefinitions_InCornersThatRandomCasesMiss()
    {
        var (code, text) = Run(64, "corners", "2", "4");

        Assert.True(code == 0, text);
    }

    [Fact]
    public void EveryBarrier_IsMissed_WhenItIsLeftOut()
    {
        var barriers = Run(64, "barriers", $"{BarrierSeed}", $"{BarrierCases}").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Concat(Run(64, "barriers", $"{CornerSeed}", $"{CornerCases}", "corners").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries)).Distinct().ToArray();
        var written = Directory.GetFiles(Kernels, "*.cu*").Sum(f => File.ReadLines(f).Count(l => l.TrimStart().StartsWith("__sync", StringComparison.Ordinal)));
        Assert.Equal(written, barriers.Length);

        var unnoticed = barriers.AsParallel().WithDegreeOfParallelism(2).Where(b => !IsMissed(b)).Select(Statement);

        Assert.Equal(Unseen.Order(StringComparer.Ordinal), unnoticed.Order(StringComparer.Ordinal));
    }

    /// <summary>Those that are known not to be are only tried where it takes a second.</summary>
    private static bool IsMissed(string barrier) =>
        Run(64, "corners", $"{CornerSeed}", $"{CornerCases}", barrier).Code != 0
        || (!Unseen.Contains(Statement(barrier)) && Run(64, "cases", $"{BarrierSeed}", $"{BarrierCases}", barrier).Code != 0);

    /// <summary>"File.cu:12" to the file and the text of the line: numbers move, statements stay.</summary>
    private static string Statement(string barrier)
    {
        var (file, line) = (barrier.Split(':')[0], int.Parse(barrier.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
        return $"{file}: {File.ReadLines(Path.Combine(Kernels, file)).ElementAt(line - 1).Trim()}";
    }

    private static (int Code, string Text) Run(int width, params string[] arguments)
    {
        var program = Programs.GetOrAdd(width, w => new Lazy<string>(() => Build(w))).Value;
        return Start(program, arguments);
    }

    private static string Build(int width)
    {
        var compiler = Compiler();
        string[] sources = [.. Directory.GetFiles(Here, "*.cpp").Order(StringComparer.Ordinal)];
        var digest = Digest([.. sources, .. Directory.GetFiles(Here, "*.hpp"), .. Directory.GetFiles(Kernels, "*.cu"), .. Directory.GetFiles(Kernels, "*.cuh")]);
        var program = Path.Combine(AppContext.BaseDirectory, "emulation", $"{digest}-{width}");
        if (File.Exists(program))
        {
            return program;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(program)!);
        var partial = $"{program}.{Environment.ProcessId}.partial";
        var (code, text) = Start(
            compiler,
            ["-std=c++17", "-O2", "-ffp-contract=off", "-fno-strict-aliasing", "-U_FORTIFY_SOURCE", "-Wno-unknown-pragmas", $"-DYOSO_WIDTH={width}", "-I", Here, "-I", Kernels, .. sources, "-o", partial]);
        Assert.True(code == 0, text);
        File.Move(partial, program, overwrite: true);
        return program;
    }

    private static string Compiler()
    {
        string?[] names = [Environment.GetEnvironmentVariable("CXX"), "c++", "g++", "clang++"];
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
        var found = names.OfType<string>().SelectMany(name => folders.Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
        Assert.True(found is not null, "The kernels' emulation needs a C++17 compiler: install g++ or clang++, or name one in CXX.");
        return found!;
    }

    private static string Digest(string[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetFileName(file)));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
    }

    private static (int Code, string Text) Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + error.Result);
    }

    private static string FindRoot([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}
