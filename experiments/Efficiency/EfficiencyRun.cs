// SPDX-License-Identifier: MIT
using System.Diagnostics;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Experiments.Runs;
using Yoso.Reports.Published;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Efficiency;

/// <summary>Measures the points of a plan one after another and derives exponents, crossovers and quotients.</summary>
internal sealed class EfficiencyRun(EfficiencyPlan plan, string device, int threads, IPointMeter meter, TextWriter log, TimeProvider time)
{
    public const string SameBatch = "same-batch", MaxBatch = "max-batch";

    private readonly List<EfficiencyPoint> _points = [];

    public EfficiencyRecord Run(string command, CancellationToken cancellationToken)
    {
        var (started, clock, loadBefore) = (time.GetUtcNow(), time.GetTimestamp(), KernelComparison.LoadAverage());
        var warnings = device == "cpu" ? KernelComparison.Warnings(loadBefore) : [];
        foreach (var warning in warnings)
        {
            log.WriteLine("warning: " + warning);
        }

        foreach (var length in plan.MaxBatchLengths)
        {
            MeasureLength(MaxBatch, length, clock, cancellationToken);
        }

        foreach (var length in plan.Lengths)
        {
            MeasureLength(SameBatch, length, clock, cancellationToken);
        }

        var analysis = new EfficiencyAnalysis(_points, plan.ExponentFrom);
        return new EfficiencyRecord
        {
            Plan = plan.Name,
            Device = device,
            StartedAt = started,
            WallSeconds = time.GetElapsedTime(clock).TotalSeconds,
            Command = command,
            Fingerprint = Fingerprint.Take(threads),
            LoadBefore = loadBefore,
            LoadAfter = KernelComparison.LoadAverage(),
            Warnings = warnings,
            Points = _points,
            Exponents = analysis.Exponents(),
            Crossovers = analysis.Crossovers(),
            Published = analysis.Ratios(PublishedNumbers.Shipped().All),
        };
    }

    /// <summary>All models at one length in turn, so that a change of the machine's load falls on all of them.</summary>
    private void MeasureLength(string mode, int length, long clock, CancellationToken cancellationToken)
    {
        foreach (var model in plan.Models)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var point = Measure(mode, model, length, cancellationToken);
            _points.Add(point);
            log.WriteLine(FormattableString.Invariant($"{time.GetElapsedTime(clock).TotalSeconds,7:0.0} s  {mode,-10} {model,-18} n={length,-6} ")
                + (point.Missing ?? FormattableString.Invariant($"batch {point.Batch,-4} {point.Milliseconds!.Median,10:0.0} ms  {point.Megabytes,8:0.0} MiB an instance")));
        }
    }

    private EfficiencyPoint Measure(string mode, string model, int length, CancellationToken cancellationToken)
    {
        var empty = new EfficiencyPoint { Mode = mode, Model = model, Length = length };
        if (TooLong(mode, model, length) is { } tooLong)
        {
            return empty with { Missing = tooLong };
        }

        var request = new PointRequest("fit", model, length, 1, device, threads, plan.Samples, plan.FewestSamples, plan.PointSeconds, plan.MemoryBudget);
        var batch = SharedBatch(length);
        if (mode == MaxBatch)
        {
            var (fitted, problem) = meter.Measure(request, cancellationToken);
            if (fitted is null || fitted.Batch == 0)
            {
                return empty with { Missing = problem ?? "one instance does not fit the memory" };
            }

            batch = fitted.Batch;
        }

        var (answer, missing) = meter.Measure(request with { Task = "time", Batch = batch }, cancellationToken);
        return answer is null ? empty with { Batch = batch, Missing = missing } : empty with
        {
            Batch = batch,
            Samples = answer.Seconds.Length,
            Milliseconds = MedianInterval.Of([.. answer.Seconds.Select(s => s * 1e3 / batch)]),
            CpuMilliseconds = device == "cpu" ? MedianInterval.Of([.. answer.CpuSeconds.Select(s => s * 1e3 / batch / threads)]) : null,
            Megabytes = answer.Megabytes / batch,
        };
    }

    /// <summary>Upstream's: the smallest of the largest batches of all models at this length; without those, so many tokens.</summary>
    private int SharedBatch(int length)
    {
        var fitted = _points.Where(p => p.Mode == MaxBatch && p.Length == length && p.Batch > 0).Select(p => p.Batch).DefaultIfEmpty(0).Min();
        var byTokens = Math.Max(1, plan.TokensPerStep / length);
        return device == "cuda" && fitted > 0 ? fitted : byTokens;
    }

    /// <summary>From the two lengths before, as a power of n: softmax grows fourfold, others less.</summary>
    private string? TooLong(string mode, string model, int length)
    {
        var before = _points.Where(p => p.Mode == mode && p.Model == model && p.Length < length).OrderBy(p => p.Length).ToArray();
        if (before.LastOrDefault() is not { } last)
        {
            return null;
        }

        if (last.Milliseconds is null)
        {
            return last.Missing;
        }

        var growth = before is [.., { Milliseconds: { } earlier } first, _]
            ? Math.Clamp(Math.Log(last.Milliseconds.Median / earlier.Median) / Math.Log((double)last.Length / first.Length), 1, 2)
            : 2;
        // The warm-up step and the fewest samples.
        var seconds = last.Milliseconds.Median / 1e3 * SharedBatch(length) * Math.Pow((double)length / last.Length, growth) * (plan.FewestSamples + 1);
        return mode == SameBatch && seconds > plan.LongestPointSeconds
            ? FormattableString.Invariant($"not measured: would take about {seconds:0} s, more than {plan.LongestPointSeconds:0} s")
            : null;
    }
}
