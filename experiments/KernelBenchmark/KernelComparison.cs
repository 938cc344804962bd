// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Yoso.Experiments.Runs;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Native;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>Softmax and YOSO attention side by side on this machine's CPU, in one process.</summary>
internal sealed class KernelComparison(BenchPlan plan, int threads, string command, TextWriter log)
{
    private static readonly Seed Seed = new Seed(1).Derive("kernel-benchmark");

    public BenchResult Run()
    {
        var clock = Stopwatch.GetTimestamp();
        var loadBefore = LoadAverage();
        var (commit, dirty) = Fingerprint.Git();
        var warnings = Warnings(loadBefore);
        foreach (var warning in warnings)
        {
            log.WriteLine("warning: " + warning);
        }

        // First, while the process has no memory to reuse.
        var scratch = MeasureScratch();
        TorchSharp.torch.set_num_threads(threads);
        CpuThreads.Count = threads;
        CompileAll();
        var (floors, growthFloors) = MeasureFloors();
        var rows = new List<BenchRow>();
        var skews = new List<(string, int, BucketSkew)>();
        foreach (var d in plan.HeadDims)
        {
            foreach (var n in plan.Sizes)
            {
                rows.AddRange(MeasureGroup(n, d, skews));
                log.WriteLine(FormattableString.Invariant($"{Stopwatch.GetElapsedTime(clock).TotalSeconds,6:0.0} s  n={n} d={d}: {rows.Count} rows"));
            }
        }

        return new BenchResult
        {
            Plan = plan,
            Machine = new BenchMachine(
                DateTimeOffset.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture),
                Fingerprint.CpuModel(),
                Fingerprint.CpuKernelPath(),
                threads,
                command,
                $".NET {Environment.Version}, {TorchNative.Version}, {RuntimeInformation.OSDescription}",
                dirty ? commit + " with changes" : commit,
                loadBefore,
                LoadAverage(),
                Stopwatch.GetElapsedTime(clock).TotalSeconds),
            Warnings = warnings,
            Rows = rows,
            Floors = floors,
            GrowthFloors = growthFloors,
            Scratch = scratch,
            Skews = skews,
        };
    }

    internal static List<string> Warnings(double? load)
    {
        var warnings = new List<string>();
        string[] missing = [.. new[] { "MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_" }.Where(v => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(v)))];
        if (OperatingSystem.IsLinux() && missing.Length > 0)
        {
            warnings.Add($"{string.Join(" and ", missing)} not set: large tensors cost page faults and softmax looks slower than it is; start with ./yoso or ./build.sh");
        }

        if (load > Environment.ProcessorCount * 0.5)
        {
            warnings.Add(FormattableString.Invariant($"load average {load:0.0} on {Environment.ProcessorCount} cores at the start: other programs disturb this measurement"));
        }

        return warnings;
    }

    private IReadOnlyList<BenchRow> MeasureGroup(int n, int d, List<(string, int, BucketSkew)> skews)
    {
        var made = new List<IDisposable>();
        var actions = new Dictionary<BenchCase, Action>();
        foreach (var kind in plan.Inputs(n, d))
        {
            var input = AttentionInput.Make(kind, n, d, Seed);
            var torch = new TorchContenders(input, Seed);
            made.Add(torch);
            Add(torch.Sdpa(), "sdpa", null, null);
            Add(torch.ExplicitSoftmax(), "softmax", null, null);
            foreach (var (m, tau) in plan.Samplings(n, d, kind))
            {
                var kernels = new KernelContender(input, m, tau, threads, Seed);
                Add(torch.Yoso(m, tau), "yoso", m, tau);
                Add((kernels.Forward, kernels.ForwardBackward), "yoso-kernels", m, tau);
                actions[new BenchCase("yoso-kernels", "hash", kind, n, d, m, tau)] = kernels.Hash;
                if (d == plan.HeadDims[0] && m == plan.HashCounts[0] && tau == BenchPlan.ComparedTau(n))
                {
                    skews.Add((kind, n, kernels.Skew()));
                }
            }

            void Add((Action Forward, Action ForwardBackward) run, string implementation, int? m, int? tau)
            {
                actions[new BenchCase(implementation, "forward", kind, n, d, m, tau)] = run.Forward;
                actions[new BenchCase(implementation, "forward+backward", kind, n, d, m, tau)] = run.ForwardBackward;
            }
        }

        var harness = new Harness(plan.Timing, threads, TimeProvider.System, () => Environment.CpuUsage.TotalTime);
        var rows = harness.Measure([.. plan.Cases(n, d).Select(c => new Contender(c, actions[c]))]);
        made.ForEach(m => m.Dispose());
        return rows;
    }

    /// <summary>
    /// The runtime recompiles with optimisation what was called 30 times, in the background and after a pause: without this the
    /// first sizes would run code that the later ones do not.
    /// </summary>
    private void CompileAll()
    {
        foreach (var d in plan.HeadDims)
        {
            var input = AttentionInput.Make(InputKind.Clustered, 128, d, Seed);
            using var torch = new TorchContenders(input, Seed);
            var (forward, both) = torch.Yoso(8, 5);
            var kernels = new KernelContender(input, 8, 5, threads, Seed);
            for (var pass = 0; pass < 2; pass++)
            {
                for (var call = 0; call < 40; call++)
                {
                    forward();
                    both();
                    kernels.ForwardBackward();
                }

                Thread.Sleep(300);
            }
        }
    }

    /// <summary>Those of the headline's size, and those of the exponent's sizes.</summary>
    private (List<MemoryFloor> Headline, List<MemoryFloor> Growth) MeasureFloors()
    {
        var probe = new MachineProbe(threads, plan.ProbePasses);
        MemoryFloor Measure(int n, int d, int m, int tau) => MemoryFloor.Measure(probe, threads, n, d, m, tau);
        var (firstDim, firstCount) = (plan.HeadDims[0], plan.HashCounts[0]);
        return (
            [.. from d in plan.HeadDims from m in plan.HashCounts select Measure(plan.Headline, d, m, BenchPlan.ComparedTau(plan.Headline))],
            [.. plan.Sizes.Where(n => n >= plan.ExponentFrom).Select(n => Measure(n, firstDim, firstCount, BenchPlan.LinearTau(n)))]);
    }

    /// <summary>The kernels keep their scratch for the next call, so what stays resident is what they used at most.</summary>
    private List<ScratchMemory> MeasureScratch()
    {
        var (d, m) = (plan.HeadDims[0], plan.HashCounts[0]);
        KernelContender Contender(int n) => new(AttentionInput.Make(InputKind.Random, n, d, Seed), m, BenchPlan.ComparedTau(n), threads, Seed);
        Contender(64).ForwardBackward(); // compiled code
        var contenders = plan.Scratch.Select(Contender).ToArray();
        GC.Collect();
        var before = Environment.WorkingSet;
        var result = new List<ScratchMemory>();
        foreach (var (n, contender) in plan.Scratch.Zip(contenders))
        {
            contender.ForwardBackward();
            result.Add(new ScratchMemory(n, Math.Max(0, Environment.WorkingSet - before) / 1e6));
        }

        GC.KeepAlive(contenders);
        return result;
    }

    /// <summary>Runnable programs over the last minute; null where the system does not say.</summary>
    internal static double? LoadAverage() =>
        File.Exists("/proc/loadavg") ? double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) : null;
}
