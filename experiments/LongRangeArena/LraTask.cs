// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Data;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>Sequence classification on packed tokens: one model, three splits, every random choice derived from the job's seed.</summary>
internal sealed class LraTask : ITrainingTask
{
    private readonly LraRun _run;
    private readonly ClassificationData _data;
    private readonly Device _device;
    private readonly Seed _seed;
    private readonly BatchOrder _order;
    private readonly LraClassifier _model;

    public LraTask(LraRun run, ClassificationData data, Device device, int seed)
    {
        (_run, _data, _device, _seed) = (run, data, device, new Seed((ulong)seed));
        _order = new BatchOrder(data.Train.Count, run.Training.BatchSize, _seed.Derive("order"));
        _model = new LraClassifier(run.Network, _seed.Derive("weights"));
        _model.to(device);
        Parameters = [.. _model.parameters()];
    }

    public nn.Module Model => _model;

    public IReadOnlyList<Parameter> Parameters { get; }

    public double AccumulateGradients(int step)
    {
        var batch = _order.Batch(step);
        var size = _run.Training.MicroBatchSize == 0 ? batch.Length : _run.Training.MicroBatchSize;
        var loss = 0.0;
        for (var start = 0; start < batch.Length; start += size)
        {
            var part = batch.Slice(start, Math.Min(size, batch.Length - start));
            var stepSeed = _seed.Derive("step").Derive(step).Derive(start);
            random.manual_seed((long)(stepSeed.Derive("dropout").Value >> 1));
            using var scope = NewDisposeScope();
            var (tokens, labels) = LraBatch.Pack(_data.Train, part, _device);
            var logits = _model.call(tokens, stepSeed.Derive("hash"));
            var mean = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum) / batch.Length;
            AutogradRunner.Backward(mean);
            loss += mean.item<float>();
        }

        return loss;
    }

    public Score Evaluate(string split, CancellationToken cancellationToken)
    {
        var (data, count) = EvaluatedExamples(split);
        using var _ = no_grad();
        _model.eval();
        double loss = 0;
        long correct = 0;
        var size = _run.Training.BatchSize;
        var examples = Enumerable.Range(0, count).ToArray();
        for (var start = 0; start < count; start += size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (tokens, labels) = LraBatch.Pack(data, examples.AsSpan(start, Math.Min(size, count - start)), _device);
            // Fixed draws: the score of a model is a number, not a sample; upstream draws anew each time.
            var logits = _model.call(tokens, _seed.Derive(split).Derive(start));
            loss += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
            correct += logits.argmax(1).eq(labels).sum().item<long>();
        }

        return new Score(loss / count, 100.0 * correct / count, count);
    }

    /// <summary>The examples that the protocol scores: whole dev batches, and the test split with or without its last partial batch.</summary>
    public (SequenceDataset Data, int Count) EvaluatedExamples(string split)
    {
        var size = _run.Training.BatchSize;
        return split switch
        {
            "dev" => (_data.Dev, Math.Min(_run.Protocol.DevBatches, _data.Dev.Count / size) * size),
            "test" when _run.Protocol.DropLastTestBatch => (_data.Test, _data.Test.Count / size * size),
            "test" => (_data.Test, _data.Test.Count),
            _ => throw new ArgumentException($"no split '{split}' to evaluate", nameof(split)),
        };
    }

    public void Dispose() => _model.Dispose();
}
