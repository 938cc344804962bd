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

/// <summary>Classification of sequences or pairs on packed tokens: one model, three splits, every random choice derived from the job's seed.</summary>
internal sealed class LraTask : ITrainingTask
{
    private readonly LraRun _run;
    private readonly ClassificationData _data;
    private readonly Device _device;
    private readonly Seed _seed;
    private readonly nn.Module _model;
    private readonly Prefetched<LraBatch> _batches;

    public LraTask(LraRun run, ClassificationData data, Device device, int seed)
    {
        (_run, _data, _device, _seed) = (run, data, device, new Seed((ulong)seed));
        _model = run.Data.ArePairs ? new LraDualClassifier(run.Network, _seed.Derive("weights")) : new LraClassifier(run.Network, _seed.Derive("weights"));
        _model.to(device);
        Parameters = [.. _model.parameters()];
        var order = new BatchOrder(data.Train.Count, run.Training.BatchSize, _seed.Derive("order"));
        _batches = new Prefetched<LraBatch>(number => Pack(data.Train, Part(order.Batch(number / PartsPerStep), number % PartsPerStep)));
    }

    public nn.Module Model => _model;

    public IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Time that training steps have spent waiting for batches that were not ready.</summary>
    public TimeSpan Waited => _batches.Waited;

    private int BatchSize => _run.Training.BatchSize;

    private int PartSize => _run.Training.MicroBatchSize == 0 ? BatchSize : _run.Training.MicroBatchSize;

    private int PartsPerStep => (BatchSize + PartSize - 1) / PartSize;

    public double AccumulateGradients(int step)
    {
        var loss = 0.0;
        for (var part = 0; part < PartsPerStep; part++)
        {
            var stepSeed = _seed.Derive("step").Derive(step).Derive(part * PartSize);
            random.manual_seed((long)(stepSeed.Derive("dropout").Value >> 1));
            var batch = _batches.Take((step * PartsPerStep) + part);
            using var scope = NewDisposeScope();
            var mean = nn.functional.cross_entropy(Logits(batch, stepSeed.Derive("hash")), batch.LabelTensor(_device), reduction: nn.Reduction.Sum).Over(BatchSize);
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
        var examples = Enumerable.Range(0, count).ToArray();
        var parts = (count + PartSize - 1) / PartSize;
        using var batches = new Prefetched<LraBatch>(number => Pack(data, Part(examples, number % parts)));
        for (var part = 0; part < parts; part++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var batch = batches.Take(part);
            using var scope = NewDisposeScope();
            // Fixed draws: the score of a model is a number, not a sample; upstream draws anew each time.
            var logits = Logits(batch, _seed.Derive(split).Derive(part * PartSize));
            var labels = batch.LabelTensor(_device);
            loss += nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum).item<float>();
            correct += logits.argmax(1).eq(labels).sum().item<long>();
        }

        return new Score(loss / count, 100.0 * correct / count, count);
    }

    /// <summary>The examples that the protocol scores: whole dev batches or all, and the test split with or without its last partial batch.</summary>
    public (SequenceDataset Data, int Count) EvaluatedExamples(string split) => split switch
    {
        "dev" => (_data.Dev, _run.Protocol.DevBatches is { } batches ? Math.Min(batches, _data.Dev.Count / BatchSize) * BatchSize : _data.Dev.Count),
        "test" => (_data.Test, _run.Protocol.DropLastTestBatch ? _data.Test.Count / BatchSize * BatchSize : _data.Test.Count),
        _ => throw new ArgumentException($"no split '{split}' to evaluate", nameof(split)),
    };

    private LraBatch Pack(SequenceDataset data, ReadOnlySpan<int> examples) => LraBatch.Of(data, examples, _run.Protocol.MaskBlackPixels || !_run.Data.HasBlackPixels);

    private ReadOnlySpan<int> Part(ReadOnlySpan<int> examples, int part) => examples.Slice(part * PartSize, Math.Min(PartSize, examples.Length - (part * PartSize)));

    private Tensor Logits(LraBatch batch, Seed seed) => _model switch
    {
        LraDualClassifier pairs => pairs.call(batch.First.Tokens(_device), batch.Second!.Tokens(_device), seed),
        LraClassifier single => single.call(batch.First.Tokens(_device), seed),
        _ => throw new InvalidOperationException($"{_model.GetName()} is no classifier"),
    };

    public void Dispose()
    {
        _batches.Dispose();
        _model.Dispose();
    }
}
