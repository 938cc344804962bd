// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using Yoso.Models;

namespace Yoso.Experiments.Efficiency;

/// <summary>What a measuring process is asked.</summary>
/// <param name="Task">"time": time steps of Batch; "fit": find the largest batch, a power of two.</param>
/// <param name="MemoryBudget">MiB, for "fit" on a CPU.</param>
internal sealed record PointRequest(
    string Task, string Model, int Length, int Batch, string Device, int Threads, int Samples, int FewestSamples, double PointSeconds, double MemoryBudget);

/// <summary>What it answers: the batch of a step, seconds and processor seconds of each timed step, and the peak memory in MiB.</summary>
internal sealed record PointAnswer(int Batch, double[] Seconds, double[] CpuSeconds, double Megabytes);

/// <summary>Measures one point; runs in a process that does nothing else, so that its memory is the point's.</summary>
internal static class PointMeasurement
{
    public static PointAnswer Measure(PointRequest request)
    {
        torch.set_num_threads(request.Threads);
        CpuThreads.Count = request.Threads;
        using (var small = new TrainingStep(EfficiencyModels.Network(request.Model, 128) with { LayerCount = 1 }, request.Device))
        {
            // Loads the libraries and compiles the code, which are not the model's memory.
            small.Run(1);
        }

        IPeakMemory memory = request.Device == "cuda" ? new GpuMemory() : new ProcessMemory();
        using var step = new TrainingStep(EfficiencyModels.Network(request.Model, request.Length), request.Device);
        return request.Task == "fit" ? Fit(step.Run, memory, request) : Time(step.Run, memory, request);
    }

    internal static PointAnswer Time(Action<int> step, IPeakMemory memory, PointRequest request)
    {
        step(request.Batch);
        var (seconds, cpuSeconds) = (new List<double>(), new List<double>());
        while (seconds.Count < request.FewestSamples || (seconds.Count < request.Samples && seconds.Sum() < request.PointSeconds))
        {
            var (start, cpuStart) = (Stopwatch.GetTimestamp(), Cpu());
            step(request.Batch);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            cpuSeconds.Add(Cpu() - cpuStart);
        }

        return new PointAnswer(request.Batch, [.. seconds], [.. cpuSeconds], memory.Peak());
    }

    /// <summary>Doubles the batch until the next would leave the budget, or on a GPU until it did not fit. 0: not even one.</summary>
    internal static PointAnswer Fit(Action<int> step, IPeakMemory memory, PointRequest request)
    {
        var batch = 0;
        try
        {
            for (var next = 1; next <= 1 << 16; next *= 2)
            {
                step(next);
                batch = memory.Peak() <= request.MemoryBudget || request.Device == "cuda" ? next : batch;
                if (request.Device != "cuda" && memory.Peak() * 2 > request.MemoryBudget)
                {
                    break;
                }
            }
        }
        catch (ExternalException e) when (e.Message.Contains("out of memory", StringComparison.Ordinal))
        {
            // The batch before is the largest.
        }

        return new PointAnswer(batch, [], [], memory.Peak());
    }

    private static double Cpu() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;
}
