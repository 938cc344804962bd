// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>The end of a training run.</summary>
internal sealed record TrainingResult(Score BestDev, int BestStep, Score LastDev, Score Test, double SecondsPerStep);

/// <summary>
/// The one training loop: steps, evaluations on dev, best-dev weights kept where they are the result, test with them at the end. Checkpoints are taken at
/// step boundaries by the clock; since no result depends on when, a run killed at any moment and started again ends with the same bits.
/// </summary>
internal sealed class Trainer(TrainingOptions options, ITrainingTask task, CheckpointStore checkpoints, ITrainingEvents events, TimeProvider time)
{
    private readonly ISchedule _schedule = options.Schedule == ScheduleKind.Constant
        ? new ConstantSchedule(options.LearningRate)
        : new OneCycleSchedule(options.LearningRate, options.Steps, options.WarmupSteps);
    private readonly MetricRows _metrics = new();
    private readonly List<double> _stepSeconds = [];
    private readonly NativeHeap _heap = new();
    private Score _best = new(double.NaN, double.NegativeInfinity, 0);
    private Score _lastDev;
    private int _bestStep = -1;
    private WeightSnapshot? _bestWeights;
    private bool _spaceChecked;

    /// <summary>Seconds between two checkpoints.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>A checkpoint after each evaluation on dev too: upstream's pre-training takes one an epoch.</summary>
    public bool CheckpointEvaluations { get; init; }

    /// <summary>The split that the resulting weights are scored on at the end; null for none: then dev's score is the result.</summary>
    public string? FinalSplit { get; init; } = "test";

    public MetricRows Metrics => _metrics;

    public TrainingResult Run(CancellationToken cancellationToken)
    {
        using var optimizer = new AdamWOptimizer(task.Parameters, options);
        var step = Resume(optimizer);
        var sinceCheckpoint = time.GetTimestamp();
        for (; step < options.Steps; step++)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                Save(optimizer, step);
                throw new OperationCanceledException($"stopped after step {step} of {options.Steps}; start the same command again to go on", cancellationToken);
            }

            Step(optimizer, step);
            var evaluate = (step + 1) % options.EvaluateEvery == 0 || step + 1 == options.Steps;
            _heap.AfterStep();
            if (evaluate)
            {
                EvaluateDev(step + 1);
            }

            if ((evaluate && (CheckpointEvaluations || checkpoints.Keep.Newest > 0)) || time.GetElapsedTime(sinceCheckpoint).TotalSeconds >= CheckpointSeconds)
            {
                Save(optimizer, step + 1, evaluate);
                if (evaluate)
                {
                    WarnOfSpace(step + 1);
                }

                sinceCheckpoint = time.GetTimestamp();
            }
        }

        _bestWeights?.CopyTo(task.Model);
        var test = FinalSplit is null ? _best : Final(FinalSplit, cancellationToken);
        _bestWeights?.Dispose();
        return new TrainingResult(_best, _bestStep, _lastDev, test, Median(_stepSeconds));
    }

    private Score Final(string split, CancellationToken cancellationToken)
    {
        var score = task.Evaluate(split, cancellationToken);
        _metrics.Add(options.Steps, split, score);
        events.Publish(new EvaluationDone(options.Steps, split, score.Loss, score.Accuracy));
        return score;
    }

    private void Step(AdamWOptimizer optimizer, int step)
    {
        var start = time.GetTimestamp();
        double loss;
        using (NewDisposeScope())
        {
            task.Model.train();
            optimizer.ZeroGradients();
            loss = task.AccumulateGradients(step);
            if (!double.IsFinite(loss))
            {
                throw new InvalidOperationException($"the loss became {loss} at step {step + 1}: the run diverged");
            }

            var (learningRate, beta1) = _schedule.At(step);
            optimizer.Step(learningRate, beta1);
        }

        _metrics.Add(step + 1, "train", "loss", loss);
        _stepSeconds.Add(time.GetElapsedTime(start).TotalSeconds);
        events.Publish(new StepDone(step + 1, options.Steps, loss, 1 / Median(_stepSeconds.TakeLast(20))));
    }

    private void EvaluateDev(int step)
    {
        // Not cancelled: it is short, and a checkpoint in its middle would need a state of its own.
        _lastDev = task.Evaluate("dev", CancellationToken.None);
        _metrics.Add(step, "dev", _lastDev);
        events.Publish(new EvaluationDone(step, "dev", _lastDev.Loss, _lastDev.Accuracy));
        if (options.Weights == WeightRule.Last)
        {
            (_best, _bestStep) = (_lastDev, step);
        }
        else if (_lastDev.Selected > _best.Selected)
        {
            (_best, _bestStep) = (_lastDev, step);
            _bestWeights?.Dispose();
            _bestWeights = WeightSnapshot.Of(task.Model);
        }
    }

    private int Resume(AdamWOptimizer optimizer)
    {
        var resumed = checkpoints.LoadNewest(task.Model, optimizer, out var problems);
        foreach (var problem in problems)
        {
            events.Publish(new Note(problem));
        }

        if (resumed is null)
        {
            return 0;
        }

        (_best, _bestStep, _lastDev, _bestWeights) = (resumed.Best, resumed.BestStep, resumed.LastDev, resumed.BestWeights);
        _metrics.Restore(resumed.MetricRows);
        events.Publish(new Note($"resumed at step {resumed.Step} of {options.Steps}"));
        return resumed.Step;
    }

    private void Save(AdamWOptimizer optimizer, int step, bool epoch = false) => checkpoints.Save(
        new TrainingState { Step = step, Best = _best, BestStep = _bestStep, LastDev = _lastDev, MetricRows = _metrics.ToText(), BestWeights = _bestWeights },
        task.Model,
        optimizer,
        epoch);

    /// <summary>Once a process, when the size of a checkpoint is known: a disk that fills up ends the run days later.</summary>
    private void WarnOfSpace(int step)
    {
        if (!_spaceChecked && checkpoints.Keep.Newest > 0 && checkpoints.SpaceProblem((options.Steps - step + options.EvaluateEvery - 1) / options.EvaluateEvery, checkpoints.FreeBytes()) is { } problem)
        {
            events.Publish(new Note(problem));
        }

        _spaceChecked = true;
    }

    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
