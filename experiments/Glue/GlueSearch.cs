// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using Yoso.Data.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models;
using SafeTensors = Yoso.Models.WeightFiles.SafeTensors;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Glue;

/// <summary>What a finished grid point leaves in the checkpoint folder.</summary>
internal sealed record FinishedPoint(int Number, Score Score, int Step, double SecondsPerStep, string MetricRows, long Parameters);

/// <summary>
/// The search: every point is trained from the same start, the best by the task's metric on dev is the result. Points that are
/// finished stay so when the job is killed; the one that was running goes on from its own checkpoint.
/// </summary>
internal sealed class GlueSearch(GlueRun run, GlueRunData data, RunContext context)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private readonly string _folder = Path.Combine(context.Folder.Path, "checkpoint");

    private string BestWeights => Path.Combine(_folder, "best.safetensors");

    public RunOutcome Run(CancellationToken cancellationToken)
    {
        var tokenizer = run.Vocabulary.Tokenizer(data.Place);
        if (tokenizer.VocabularySize != run.Network.VocabularySize)
        {
            throw new InvalidDataException($"the vocabulary has {tokenizer.VocabularySize} tokens, the configuration says {run.Network.VocabularySize}");
        }

        var encoding = new GlueEncoding(tokenizer, run.Network.Style, run.Network.MaxLength, run.PaddingIsAttendedTo);
        EncodedExample[] Encode(GlueExamples examples) => [.. examples.Examples.Select(encoding.Encode)];
        var set = new GlueExamplesSet(Encode(data.Train), data.Dev.ToDictionary(d => d.Split, d => (IReadOnlyList<EncodedExample>)Encode(d)));
        Directory.CreateDirectory(_folder);
        var finished = new List<FinishedPoint>();
        for (var number = 0; number < run.Grid.Points.Count; number++)
        {
            finished.Add(Load(number) ?? Train(number, set, finished, cancellationToken));
        }

        var best = Best(finished);
        WriteResults(best, finished, set, Encode, cancellationToken);
        return Outcome(best);
    }

    private static FinishedPoint Best(IReadOnlyList<FinishedPoint> points) => points.Aggregate((a, b) => b.Score.Selected > a.Score.Selected ? b : a);

    private FinishedPoint Train(int number, GlueExamplesSet set, IReadOnlyList<FinishedPoint> before, CancellationToken cancellationToken)
    {
        var point = run.Grid.Points[number];
        context.Events.Publish(new Note($"grid point {number + 1} of {run.Grid.Points.Count}: {point}"));
        var options = run.Grid.Training(point, set.Train.Count);
        using var task = Task(set, options, data.Weights ?? context.StartingWeights, withSentenceHead: false);
        var store = new CheckpointStore(Path.Combine(_folder, $"point-{number}"), $"{context.Folder.Key} point {number}") { Keep = context.Folder.Checkpoints.Keep };
        var trainer = new Trainer(options, task, store, context.Events, context.Time) { CheckpointSeconds = context.CheckpointSeconds, FinalSplit = null };
        var result = trainer.Run(cancellationToken);
        var done = new FinishedPoint(number, result.BestDev, result.BestStep, result.SecondsPerStep, trainer.Metrics.ToText(), task.Parameters.Sum(p => p.numel()));
        if (before.Count == 0 || Best([.. before, done]) == done)
        {
            AtomicFile.Write(BestWeights, stream => SafeTensors.Write(stream, task.Model));
        }

        AtomicFile.WriteText(FinishedPath(number), JsonSerializer.Serialize(done, Json));
        store.Delete();
        return done;
    }

    /// <summary>All points start from the same weights; only their data order and draws differ.</summary>
    private GlueFineTuning Task(GlueExamplesSet set, TrainingOptions options, string? weights, bool withSentenceHead)
    {
        var task = new GlueFineTuning(run, set, options, torch.device(context.Job.Device), new Seed((ulong)context.Job.Seed));
        if (weights is not null)
        {
            StartingWeights.Load(task.Model, weights, run.Network, withSentenceHead, context.Events);
        }

        return task;
    }

    private string FinishedPath(int number) => Path.Combine(_folder, $"point-{number}.json");

    private FinishedPoint? Load(int number) =>
        File.Exists(FinishedPath(number)) ? JsonSerializer.Deserialize<FinishedPoint>(File.ReadAllText(FinishedPath(number)), Json) : null;

    private void WriteResults(FinishedPoint best, List<FinishedPoint> finished, GlueExamplesSet set, Func<GlueExamples, EncodedExample[]> encode, CancellationToken cancellationToken)
    {
        using var task = Task(set, run.Grid.Training(run.Grid.Points[best.Number], set.Train.Count), BestWeights, withSentenceHead: true);
        foreach (var examples in data.Dev)
        {
            GlueSubmission.Write(Path.Combine(context.Folder.Path, "predictions", "dev"), examples, task.Predict(set.Dev[examples.Split], examples.Split, cancellationToken).Predictions);
        }

        foreach (var examples in data.Test)
        {
            GlueSubmission.Write(Path.Combine(context.Folder.Path, "predictions", "test"), examples, task.Predict(encode(examples), examples.Split, cancellationToken).Predictions);
        }

        var rows = new MetricRows();
        rows.Restore(best.MetricRows);
        foreach (var point in finished)
        {
            rows.Add(point.Number + 1, "grid", run.Grid.Points[point.Number].ToString(), point.Score.Selected);
        }

        AtomicFile.WriteText(context.Folder.Metrics, rows.ToText());
        AtomicFile.Write(context.Folder.Weights, stream => SafeTensors.Write(stream, task.Model));
    }

    private RunOutcome Outcome(FinishedPoint best)
    {
        var dev = data.Dev[0].Examples.Count;
        var point = run.Grid.Points[best.Number];
        return new RunOutcome
        {
            Results =
            [
                .. run.Info.Metrics.Contains(GlueMetric.Accuracy) ? [new MetricResult("dev", "accuracy", best.Score.Accuracy, dev)] : Array.Empty<MetricResult>(),
                .. (best.Score.Further ?? []).Select(f => new MetricResult("dev", f.Metric, f.Value, f.Metric.EndsWith("-mm", StringComparison.Ordinal) ? data.Dev[^1].Examples.Count : dev)),
                new("dev", "loss", best.Score.Loss, dev),
            ],
            Baselines = run.Info.IsRegression ? [] : [MajorityClass(dev)],
            Protocol = Describe(best, point, dev),
            ParameterCount = best.Parameters,
            Steps = run.Grid.Training(point, data.Train.Examples.Count).Steps,
            SecondsPerStep = best.SecondsPerStep,
        };
    }

    private BaselineResult MajorityClass(int dev)
    {
        var majority = data.Train.Examples.GroupBy(e => e.Label).MaxBy(g => (g.Count(), -g.Key))!.Key;
        return new BaselineResult("majority-class", "dev", "accuracy", 100.0 * data.Dev[0].Examples.Count(e => e.Label == majority) / dev, dev);
    }

    private RunProtocol Describe(FinishedPoint best, GridPoint point, int dev)
    {
        var grid = run.Grid;
        string List<T>(IEnumerable<T> values) => string.Join(", ", values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)));
        return new RunProtocol
        {
            Name = "paper",
            SelectionSplit = "dev, which is also reported",
            CheckpointRule = $"best of {grid.Points.Count} x {grid.Epochs} evaluations on dev",
            DropLastTestBatch = false,
            TestExamplesScored = dev,
            TestExamples = dev,
            Precision = run.Precision,
            Options = new Dictionary<string, string>
            {
                ["grid"] = $"learning rates {List(grid.LearningRates)} x batch sizes {List(grid.BatchSizes)}, {grid.Epochs} epochs each: best of {grid.Points.Count}",
                ["reported-split"] = "dev, on which the best was chosen, as upstream",
                ["start"] = data.Weights is not null ? $"imported weights, {run.Data.Weights}" : run.Pretraining is null ? "random weights" : $"pretrain/{run.Pretraining}, seed {run.PretrainingSeed}{run.StartStepText}",
                ["schedule"] = grid.Schedule == ScheduleKind.Constant ? "constant" : "one-cycle",
                ["padding-is-attended-to"] = run.PaddingIsAttendedTo ? "yes" : "no",
                ["hash-draws-in-evaluation"] = "one, fixed by the seed",
                ["best-step"] = string.Create(CultureInfo.InvariantCulture, $"{best.Step} with {point}"),
            },
        };
    }
}
