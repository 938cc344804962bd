// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Data.Glue;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Glue;

/// <summary>Fine-tuning of one grid point: cross entropy, or squared error for a score.</summary>
internal sealed class GlueFineTuning : ITrainingTask
{
    private readonly GlueTaskInfo _info;
    private readonly LanguageModelOptions _network;
    private readonly GlueExamplesSet _data;
    private readonly TrainingOptions _training;
    private readonly Device _device;
    private readonly Seed _seed;
    private readonly bool _bfloat16;
    private readonly LanguageClassifier _model;
    private (int Epoch, int[] Order) _order = (-1, []);

    public GlueFineTuning(GlueRun run, GlueExamplesSet data, TrainingOptions training, Device device, Seed seed)
    {
        (_info, _network, _data, _training, _device, _seed, _bfloat16) = (run.Info, run.Network, data, training, device, seed, run.Bfloat16);
        _model = new LanguageClassifier(run.Network, _info.OutputCount, seed.Derive("weights"));
        _model.to(device);
        Parameters = [.. _model.parameters()];
    }

    public nn.Module Model => _model;

    public IReadOnlyList<Parameter> Parameters { get; }

    public double AccumulateGradients(int step)
    {
        var perEpoch = GlueGrid.StepsPerEpoch(_data.Train.Count, _training.BatchSize);
        var (epoch, index) = Math.DivRem(step, perEpoch);
        if (_order.Epoch != epoch)
        {
            _order = (epoch, BatchOrder.Permutation(_data.Train.Count, _seed.Derive("order").Derive(epoch)));
        }

        var start = index * _training.BatchSize;
        var chosen = _order.Order.AsSpan(start, Math.Min(_training.BatchSize, _data.Train.Count - start)).ToArray();
        var stepSeed = _seed.Derive("step").Derive(step);
        random.manual_seed((long)(stepSeed.Derive("dropout").Value >> 1));
        using var scope = NewDisposeScope();
        var batch = GlueBatch.Pack([.. chosen.Select(i => _data.Train[i])], _network, _device);
        var loss = Loss(Logits(batch, stepSeed.Derive("hash")), batch.Targets).Over(chosen.Length);
        AutogradRunner.Backward(loss);
        return loss.item<float>();
    }

    public Score Evaluate(string split, CancellationToken cancellationToken)
    {
        var scores = new List<NamedScore>();
        Score? main = null;
        for (var i = 0; i < _info.DevSplits.Count; i++)
        {
            var examples = _data.Dev[_info.DevSplits[i]];
            var (predictions, loss) = Predict(examples, _info.DevSplits[i], cancellationToken);
            var values = GlueMetrics.Score(_info.Task, predictions, [.. examples.Select(e => e.Target)]);
            var suffix = i == 0 ? "" : "-mm"; // MNLI's mismatched dev split
            scores.AddRange(_info.Metrics.Where(m => m != GlueMetric.Accuracy || i > 0).Select(m => new NamedScore(GlueMetrics.Name(m) + suffix, 100 * values[m])));
            main ??= new Score(loss, 100 * values.GetValueOrDefault(GlueMetric.Accuracy, values[_info.Metrics[0]]), examples.Count) { Selection = 100 * values[_info.Metrics[0]] };
        }

        return main!.Value with { Further = scores };
    }

    /// <summary>Classes or scores, with dropout off and hash draws fixed by the seed, and the mean loss where there are targets.</summary>
    public (float[] Predictions, double Loss) Predict(IReadOnlyList<EncodedExample> examples, GlueSplit split, CancellationToken cancellationToken)
    {
        const int Size = 64;
        using var ungraded = no_grad();
        _model.eval();
        var predictions = new List<float>(examples.Count);
        var loss = 0.0;
        for (var start = 0; start < examples.Count; start += Size)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var batch = GlueBatch.Pack([.. examples.Skip(start).Take(Size)], _network, _device);
            var logits = Logits(batch, _seed.Derive(split.ToString()).Derive(start));
            if (!float.IsNaN(examples[start].Target))
            {
                loss += Loss(logits, batch.Targets).item<float>();
            }

            var predicted = _info.IsRegression ? logits.view(-1) : logits.argmax(1).to_type(ScalarType.Float32);
            predictions.AddRange(predicted.cpu().data<float>());
        }

        return ([.. predictions], loss / examples.Count);
    }

    private Tensor Logits(GlueBatch batch, Seed seed)
    {
        using (_bfloat16 ? new Autocast(_device.type) : null)
        {
            return _model.call(batch.Tokens, batch.TypeIds, seed);
        }
    }

    /// <summary>Summed over the batch.</summary>
    private Tensor Loss(Tensor logits, Tensor targets) => _info.IsRegression
        ? (logits.view(-1) - targets).pow(2).sum()
        : nn.functional.cross_entropy(logits, targets.to_type(ScalarType.Int64), reduction: nn.Reduction.Sum);

    public void Dispose() => _model.Dispose();
}
