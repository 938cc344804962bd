// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>Where and when.</summary>
internal sealed record BenchMachine(
    string Date, string Cpu, string Kernels, int Threads, string Command, string Versions, string Commit, double? LoadBefore, double? LoadAfter, double Seconds);

/// <summary>Resident memory that the first forward and backward pass of a process added: the kernels' scratch and the saved codes.</summary>
internal sealed record ScratchMemory(int N, double Megabytes);

/// <summary>Time as a power of n, tau = log2 n: wall time, and processor time, which a load that changes during the run bends less.</summary>
internal sealed record SizeExponent(string Implementation, string Operation, string Input, ExponentFit Wall, ExponentFit Cpu);

/// <summary>Everything one run of the benchmark found.</summary>
internal sealed record BenchResult
{
    public required BenchPlan Plan { get; init; }

    public required BenchMachine Machine { get; init; }

    public required IReadOnlyList<string> Warnings { get; init; }

    public required IReadOnlyList<BenchRow> Rows { get; init; }

    public required IReadOnlyList<MemoryFloor> Floors { get; init; }

    /// <summary>The floors of the sizes and code lengths of the exponent.</summary>
    public required IReadOnlyList<MemoryFloor> GrowthFloors { get; init; }

    public required IReadOnlyList<ScratchMemory> Scratch { get; init; }

    public required IReadOnlyList<(string Input, int N, BucketSkew Skew)> Skews { get; init; }

    public int D => Plan.HeadDims[0];

    public int M => Plan.HashCounts[0];

    public BenchRow? Row(string implementation, string operation, string input, int n, int d, int? m = null, int? tau = null) =>
        Rows.FirstOrDefault(r => r.Case == new BenchCase(implementation, operation, input, n, d, m, tau));

    public BenchRow? Yoso(string implementation, string operation, string input, int n, int d, int m) =>
        Row(implementation, operation, input, n, d, m, BenchPlan.ComparedTau(n));

    /// <summary>Softmax on the same input where it was timed there, else on the random one.</summary>
    public BenchRow Sdpa(string operation, string input, int n, int d) =>
        (Row("sdpa", operation, input, n, d) ?? Row("sdpa", operation, InputKind.Random, n, d))!;

    /// <summary>How many times as fast as softmax the module is, by wall time or by processor time.</summary>
    public double Ratio(string operation, string input, int n, int d, int m, bool cpu = false)
    {
        var (softmax, yoso) = (Sdpa(operation, input, n, d), Yoso("yoso", operation, input, n, d, m)!);
        return cpu ? softmax.Cpu / yoso.Cpu : softmax.Median / yoso.Median;
    }

    /// <summary>A skewed input's time over that of the random one, same n.</summary>
    public double SkewRatio(string implementation, string operation, string input) =>
        Yoso(implementation, operation, input, Plan.Skewed, D, M)!.Median / Yoso(implementation, operation, InputKind.Random, Plan.Skewed, D, M)!.Median;

    public MemoryFloor Floor(int d, int m) => Floors.First(f => f.D == d && f.M == m);

    /// <summary>The floor as a share of the measured time of forward and backward together.</summary>
    public double FloorShare(string implementation, int d, int m, bool cpu = false)
    {
        var row = Yoso(implementation, "forward+backward", InputKind.Random, Plan.Headline, d, m)!;
        return Floor(d, m).Total / (cpu ? row.Cpu : row.Median);
    }

    /// <summary>What the machine's memory alone makes of the exponent: rows beyond the L2 cache take longer to read.</summary>
    public ExponentFit FloorExponent() => BenchStatistics.FitExponent([.. GrowthFloors.Select(f => ((double)f.N, f.Total))]);

    public IReadOnlyList<SizeExponent> Exponents() =>
    [
        .. from implementation in (string[])["yoso", "yoso-kernels"]
           from operation in (string[])["forward", "forward+backward"]
           from input in (string[])[InputKind.Random, InputKind.Clustered]
           let rows = Plan.Sizes.Where(n => n >= Plan.ExponentFrom).Select(n => Row(implementation, operation, input, n, D, M, BenchPlan.LinearTau(n))!).ToArray()
           select new SizeExponent(implementation, operation, input, Fit(rows, r => r.Median), Fit(rows, r => r.Cpu)),
    ];

    private static ExponentFit Fit(BenchRow[] rows, Func<BenchRow, double> time) => BenchStatistics.FitExponent([.. rows.Select(r => ((double)r.Case.N, time(r)))]);

    /// <summary>The last line that the program prints.</summary>
    public string Headline() => string.Create(
        CultureInfo.InvariantCulture,
        $"n={Plan.Headline} random: forward {Times("forward", InputKind.Random)} x, forward+backward {Times("forward+backward", InputKind.Random)} x; clustered: forward+backward {Times("forward+backward", InputKind.Clustered)} x; floor {100 * FloorShare("yoso-kernels", D, M):0} %");

    private string Times(string operation, string input) => Ratio(operation, input, Plan.Headline, D, M).ToString("0.0", CultureInfo.InvariantCulture);
}
