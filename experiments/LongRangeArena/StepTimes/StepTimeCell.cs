// SPDX-License-Identifier: MIT
using System.Diagnostics;
using TorchSharp;
using Yoso.Data;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>One model on one task, with the times of its steps so far.</summary>
internal sealed class StepTimeCell : IDisposable
{
    private readonly LraRun _run;
    private readonly LraTask _task;
    private readonly TorchSoftmax? _torch;
    private readonly AdamWOptimizer _optimizer;
    private readonly ClassificationData _data;
    private readonly int _threads;
    private readonly List<double> _seconds = [], _cpu = [], _evaluation = [];
    private TimeSpan _waitedBefore;

    /// <param name="threads">Of libtorch's operations where TorchSharp alone computes; ours have their own setting.</param>
    public StepTimeCell(LraRun run, ClassificationData data, string implementation, int threads)
    {
        // One evaluation batch is measured at a time.
        _run = run with { Protocol = run.Protocol with { DevBatches = 1 } };
        (_data, _threads) = (data, threads);
        _task = new LraTask(_run, data, torch.CPU, seed: 1);
        _torch = implementation == StepTime.Torch ? new TorchSoftmax(run.Network, _task.Model) : null;
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
            if (_torch is null)
            {
                _task.AccumulateGradients(step);
            }
            else
            {
                WithThreads(() => AutogradRunner.Backward(Loss(_data.Train, step % (_data.Train.Count / _run.Training.BatchSize), training: true)));
            }

            _optimizer.Step(1e-4, 0.9);
        }

        if (counts)
        {
            _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            _cpu.Add((Cpu() - cpu).TotalSeconds);
        }
    }

    public void Evaluate(int times)
    {
        for (var i = 0; i < times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            if (_torch is null)
            {
                _task.Evaluate("dev", CancellationToken.None);
            }
            else
            {
                using var scope = torch.NewDisposeScope();
                using var _ = no_grad();
                WithThreads(() => Loss(_data.Dev, batch: 0, training: false).item<float>());
            }

            _evaluation.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
    }

    public StepTime Row(string description, int steps) => new()
    {
        Task = _run.Task,
        Model = _run.Model,
        Implementation = _torch is null ? StepTime.Fused : StepTime.Torch,
        Data = description,
        BatchSize = _run.Training.BatchSize,
        TokensPerStep = TokensPerExample() * _run.Training.BatchSize,
        SecondsPerStep = Trainer.Median(_seconds),
        CpuSecondsPerStep = Trainer.Median(_cpu),
        SecondsPerEvaluationBatch = Trainer.Median(_evaluation),
        WaitShare = (_task.Waited - _waitedBefore).TotalSeconds / _seconds.Sum(),
        Steps = steps,
    };

    private Tensor Loss(SequenceDataset data, int batch, bool training)
    {
        var examples = Enumerable.Range(batch * _run.Training.BatchSize, _run.Training.BatchSize).ToArray();
        var labels = torch.tensor(examples.Select(i => (long)data.Label(i)).ToArray());
        return nn.functional.cross_entropy(_torch!.Forward(TorchSoftmax.Padded(data, examples), training), labels);
    }

    private void WithThreads(Action action)
    {
        torch.set_num_threads(_threads);
        action();
        torch.set_num_threads(1);
    }

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
