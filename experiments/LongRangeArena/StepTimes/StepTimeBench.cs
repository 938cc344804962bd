// SPDX-License-Identifier: MIT
using System.Globalization;
using TorchSharp;
using Yoso.Data;
using Yoso.Experiments.Runs;
using Yoso.Models;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>
/// Times training steps and evaluation batches of the paper's configurations. The models of a task take turns step by step, so
/// that what else the machine does falls on all of them.
/// </summary>
/// <param name="steps">Steps of each task and model that count; one more warms up.</param>
/// <param name="torchTasks">Tasks on which softmax in plain TorchSharp is timed too.</param>
internal sealed class StepTimeBench(string output, int threads, int steps, TextWriter log, TimeProvider time, IReadOnlyList<string>? torchTasks = null)
{
    private const int LeastExamples = 512;

    public StepTimeTable Run(IReadOnlyList<string> tasks, IReadOnlyList<string> models, string command)
    {
        var load = MachineLoad();
        torch.set_num_threads(1);
        CpuThreads.Count = threads;
        var place = new DataPlace(Path.Combine(output, "data"), null);
        return new StepTimeTable
        {
            MeasuredAt = time.GetUtcNow(),
            Cpu = Fingerprint.CpuModel(),
            CpuKernels = Fingerprint.CpuKernelPath(),
            Threads = threads,
            Command = command,
            Rows = [.. tasks.SelectMany(task => Task(task, models, place))],
            PeakMemoryBytes = Fingerprint.PeakMemory(),
            Warning = load > 0.5 ? string.Create(CultureInfo.InvariantCulture, $"other programs were busy: load {load:0.0} when it began; the times are upper bounds") : null,
        };
    }

    private IEnumerable<StepTime> Task(string task, IReadOnlyList<string> models, DataPlace place)
    {
        var first = LraConfigurations.Resolve(task, models[0], "paper");
        var (data, description) = StepTimeData.For(first, place, Math.Max(LeastExamples, 2 * first.Training.BatchSize));
        StepTimeCell New(string model, string implementation) => new(LraConfigurations.Resolve(task, model, "paper"), data, implementation, threads);
        var cells = models.Select(m => New(m, StepTime.Fused)).ToList();
        if (torchTasks?.Contains(task) == true)
        {
            cells.Add(New("softmax", StepTime.Torch));
        }

        try
        {
            for (var step = 0; step <= steps; step++)
            {
                foreach (var cell in cells)
                {
                    cell.Step(step, counts: step > 0);
                }
            }

            foreach (var cell in cells)
            {
                cell.Evaluate(Math.Min(3, steps));
                var row = cell.Row(description, steps);
                log.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{row.Task,-10} {row.Model,-13} {row.Implementation,-5} {row.SecondsPerStep,7:0.000} s a step, {row.TokensPerSecond / 1000,6:0}k tokens/s, {100 * row.WaitShare:0.0} % waiting"));
                yield return row;
            }
        }
        finally
        {
            cells.ForEach(c => c.Dispose());
        }
    }

    /// <summary>Processes that want to run, of the last minute; 0 where the system does not say.</summary>
    private static double MachineLoad() =>
        File.Exists("/proc/loadavg") && double.TryParse(File.ReadAllText("/proc/loadavg").Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var load) ? load : 0;
}
