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
    private const int BarrierSeed = 1, BarrierCases = 30;

    /// <summary>
    /// Barriers whose absence no run shows, by the function that has them. After a list is read the next one is written behind a
    /// ballot, which already makes all lanes meet; the others stand between whole-block steps on data that the small cases do not
    /// bring in conflict, or between a read and a write that the emulation does not take apart. compute-sanitizer's racecheck covers those on a GPU.
    /// </summary>
    private static readonly HashSet<string> Unseen =
    [
        "Cumulation.cuh: __syncwarp();",
        "WeightedLshCumulation.cu: __syncwarp();",
        "WeightedLshCumulationSampled.cu: __syncwarp();",
        "Cumulation.cuh: __syncthreads();",
        "Cumulation.cuh: __syncthreads();  // the next hash adds to the same rows with other warps",
        "WeightedCrowded.cuh: __syncthreads();",
        "WeightedCrowded.cuh: __syncthreads();  // the next bucket overwrites the partial sums",
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

    [Fact]
    public void EveryBarrier_IsMissed_WhenItIsLeftOut()
    {
        var barriers = Run(64, "barriers", $"{BarrierSeed}", $"{BarrierCases}").Text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(barriers.Length >= 25, string.Join(" ", barriers));

        var unnoticed = barriers.Where(b => !Unseen.Contains(Statement(b)) && Run(64, "cases", $"{BarrierSeed}", $"{BarrierCases}", b).Code == 0);

        Assert.Empty(unnoticed);
    }

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
            ["-std=c++17", "-O1", "-ffp-contract=off", "-fno-strict-aliasing", "-U_FORTIFY_SOURCE", "-Wno-unknown-pragmas", $"-DYOSO_WIDTH={width}", "-I", Here, "-I", Kernels, .. sources, "-o", partial]);
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
