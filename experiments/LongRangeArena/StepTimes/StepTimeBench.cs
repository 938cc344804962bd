// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using Yoso.Data;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>
/// Times training steps and evaluation batches of the paper's configurations. The models of a task take turns step by step, so
/// that what else the machine does falls on all of them.
/// </summary>
/// <param name="steps">Steps of each task and model that count; one more warms up.</param>
internal sealed class StepTimeBench(string output, int threads, int steps, TextWriter log, TimeProvider time)
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
        var cells = models.Select(m => new Cell(LraConfigurations.Resolve(task, m, "paper"), data)).ToArray();
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
                cell.Evaluate();
                var row = cell.Row(description, steps);
                log.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"{row.Task,-10} {row.Model,-9} {row.SecondsPerStep,7:0.000} s a step, {row.TokensPerSecond / 1000,6:0}k tokens/s, {100 * row.WaitShare:0.0} % waiting"));
                yield return row;
            }
        }
        finally
        {
            Array.ForEach(cells, c => c.Dispose());
        }
    }

    /// <summary>Processes that want to run, of the last minute; 0 where the system does not say.</summary>
    private static double MachineLoad() =>
        File.Exists("/proc/loadavg") && double.TryParse(File.ReadAllText("/proc/loadavg").Split(' ')[0], NumberStyles.Float, CultureInfo.InvariantCulture, out var load) ? load : 0;

    private sealed class Cell : IDisposable
    {
        private readonly LraRun _run;
        private readonly LraTask _task;
        private readonly AdamWOptimizer _optimizer;
        private readonly ClassificationData _data;
        private readonly List<double> _seconds = [], _cpu = [], _evaluation = [];
        private TimeSpan _waitedBefore;

        public Cell(LraRun run, ClassificationData data)
        {
            // One evaluation batch is measured at a time.
            _run = run with { Protocol = run.Protocol with { DevBatches = 1 } };
            _data = data;
            _task = new LraTask(_run, data, torch.CPU, seed: 1);
            _optimizer = new AdamWOptimizer(_task.Parameters, run.Training);
        }

        public void Step(int step, bool counts)
        {
            if (step == 1)
            {
                _waitedBefore = _task.Waited;
            }

            var (start, cpu) = (Stopwatch.GetTimestamp(), Cpu());
            using (torch.NewDisposeScope())
            {
                _task.Model.train();
                _optimizer.ZeroGradients();
                _task.AccumulateGradients(step);
                _optimizer.Step(1e-4, 0.9);
            }

            if (counts)
            {
                _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
                _cpu.Add((Cpu() - cpu).TotalSeconds);
            }
        }

        public void Evaluate()
        {
            for (var i = 0; i < 3; i++)
            {
                var start = Stopwatch.GetTimestamp();
                _task.Evaluate("dev", CancellationToken.None);
                _evaluation.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        public StepTime Row(string description, int steps) => new()
        {
            Task = _run.Task,
            Model = _run.Model,
            Data = description,
            BatchSize = _run.Training.BatchSize,
            TokensPerStep = TokensPerExample() * _run.Training.BatchSize,
            SecondsPerStep = Trainer.Median(_seconds),
            CpuSecondsPerStep = Trainer.Median(_cpu),
            SecondsPerEvaluationBatch = Trainer.Median(_evaluation),
            WaitShare = (_task.Waited - _waitedBefore).TotalSeconds / _seconds.Sum(),
            Steps = steps,
        };

        private double TokensPerExample()
        {
            var count = Math.Min(1000, _data.Train.Count);
            return LraBatch.Of(_data.Train, Enumerable.Range(0, count).ToArray(), maskZero: true).TokenCount / (double)count;
        }

        private static TimeSpan Cpu()
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime;
        }

        public void Dispose()
        {
            _optimizer.Dispose();
            _task.Dispose();
        }
    }
}
