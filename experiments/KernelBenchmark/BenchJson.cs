// SPDX-License-Identifier: MIT
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>kernels-cpu.json: every row and everything derived from them.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        WriteIndented = true,
    };

    public static string Text(BenchResult result) => JsonSerializer.Serialize(
        new
        {
            Schema = 1,
            result.Machine,
            result.Warnings,
            Headline = result.Headline(),
            Unit = "ms",
            Batch = new { Sequences = AttentionInput.Sequences, Heads = AttentionInput.Heads },
            Rows = result.Rows.Select(r => new
            {
                r.Case.Implementation,
                r.Case.Operation,
                r.Case.Input,
                r.Case.N,
                r.Case.D,
                r.Case.M,
                r.Case.Tau,
                r.Threads,
                Median = Round(r.Median),
                Spread = Round(r.Spread),
                FirstQuartile = Round(r.First),
                ThirdQuartile = Round(r.Third),
                CpuPerThread = Round(r.Cpu),
                r.Samples,
                r.Calls,
            }),
            Floors = result.Floors.Select(f => new
            {
                f.N, f.D, f.M, f.Tau,
                CycleNanoseconds = Round(f.CycleNanoseconds), RowNanoseconds = Round(f.RowNanoseconds),
                WideRowNanoseconds = Round(f.WideRowNanoseconds), SortMicroseconds = Round(f.SortMicroseconds),
                Hash = Round(f.Hash), Forward = Round(f.Forward), Backward = Round(f.Backward), Total = Round(f.Total),
                ShareOfKernels = Round(result.FloorShare("yoso-kernels", f.D, f.M)),
                ShareOfModule = Round(result.FloorShare("yoso", f.D, f.M)),
            }),
            GrowthFloors = result.GrowthFloors.Select(f => new { f.N, f.Tau, RowNanoseconds = Round(f.RowNanoseconds), WideRowNanoseconds = Round(f.WideRowNanoseconds), Total = Round(f.Total) }),
            FloorExponent = Fit(result.FloorExponent()),
            Exponents = result.Exponents().Select(e => new { e.Implementation, e.Operation, e.Input, Wall = Fit(e.Wall), Cpu = Fit(e.Cpu) }),
            Scratch = result.Scratch.Select(s => new { s.N, Megabytes = Round(s.Megabytes) }),
            Buckets = result.Skews.Select(s => new { s.Input, s.N, PairsPerQuery = Round(s.Skew.PairsPerQuery), s.Skew.LargestBucket, CrowdedShare = Round(s.Skew.CrowdedShare) }),
        },
        Options) + "\n";

    private static object Fit(ExponentFit fit) => new { Exponent = Round(fit.Exponent), Low = Round(fit.Low), High = Round(fit.High) };

    /// <summary>Four significant digits: more would be noise.</summary>
    private static double Round(double value) =>
        value == 0 || !double.IsFinite(value) ? 0 : double.Parse(value.ToString("G4", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);
}
