// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Data.Glue;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.WikiHop;

/// <summary>Cross entropy over the candidates of a window; an item is scored by the sum of its windows' logits.</summary>
internal sealed class WikiHopFineTuning : ITrainingTask
{
    /// <summary>Upstream's: taken off the logits of places that are no candidate.</summary>
    private const double NoCandidate = -1e9;

    private readonly LanguageModelOptions _network;
    private readonly WikiHopSplit _train;
    private readonly WikiHopSplit _dev;
    private readonly TrainingOptions _training;
    private readonly Device _device;
    private readonly Seed _seed;
    private readonly TokenScorer _model;
    private (int Epoch, int[] Order) _order = (-1, []);

    public WikiHopFineTuning(LanguageModelOptions network, WikiHopSplit train, WikiHopSplit dev, TrainingOptions training, Device device, Seed seed)
    {
        (_network, _train, _dev, _training, _device, _seed) = (network, train, dev, training, device, seed);
        _model = new TokenScorer(network, seed.Derive("weights"));
        _model.to(device);
        Parameters = [.. _model.parameters()];
    }

    public nn.Module Model => _model;

    public IReadOnlyList<Parameter> Parameters { get; }

    private int PartSize => _training.MicroBatchSize == 0 ? _training.BatchSize : _training.MicroBatchSize;

    public double AccumulateGradients(int step)
    {
        var count = _train.Windows.Count;
        var (epoch, index) = Math.DivRem(step, GlueGrid.StepsPerEpoch(count, _training.BatchSize));
        if (_order.Epoch != epoch)
        {
            _order = (epoch, BatchOrder.Permutation(count, _seed.Derive("order").Derive(epoch)));
        }

        var chosen = _order.Order.Skip(index * _training.BatchSize).Take(_training.BatchSize).Select(i => _train.Windows[i]).ToArray();
        var loss = 0.0;
        for (var start = 0; start < chosen.Length; start += PartSize)
        {
            var seed = _seed.Derive("step").Derive(step).Derive(start);
            random.manual_seed((long)(seed.Derive("dropout").Value >> 1));
            using var scope = NewDisposeScope();
            WikiHopWindow[] part = [.. chosen.Skip(start).Take(PartSize)];
            var mean = Loss(Logits(part, seed.Derive("hash")), part).Over(chosen.Length);
            AutogradRunner.Backward(mean);
            loss += mean.item<float>();
        }

        return loss;
    }

    public Score Evaluate(string split, CancellationToken cancellationToken)
    {
        using var ungraded = no_grad();
        _model.eval();
        var sums = new Dictionary<int, (int Answer, float[] Logits)>();
        var loss = 0.0;
        for (var start = 0; start < _dev.Windows.Count; start += PartSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            WikiHopWindow[] part = [.. _dev.Windows.Skip(start).Take(PartSize)];
            // Fixed draws: the score of a model is a number, not a sample.
            var logits = Logits(part, _seed.Derive(split).Derive(start));
            loss += Loss(logits, part).item<float>();
            Add(sums, part, logits.cpu());
        }

        var correct = sums.Values.Count(s => Array.IndexOf(s.Logits, s.Logits.Max()) == s.Answer);
        return new Score(loss / _dev.Windows.Count, 100.0 * correct / _dev.ItemCount, _dev.ItemCount);
    }

    private static void Add(Dictionary<int, (int Answer, float[] Logits)> sums, WikiHopWindow[] windows, Tensor logits)
    {
        var values = logits.data<float>().ToArray();
        var width = values.Length / windows.Length;
        for (var i = 0; i < windows.Length; i++)
        {
            var window = windows[i];
            if (!sums.TryGetValue(window.Item, out var sum))
            {
                sums[window.Item] = sum = (window.Answer, new float[window.CandidatePositions.Length]);
            }

            for (var c = 0; c < sum.Logits.Length; c++)
            {
                sum.Logits[c] += values[(i * width) + c];
            }
        }
    }

    /// <summary>[B, K], K the most candidates of a window; those that a window lacks are far below all others.</summary>
    private Tensor Logits(WikiHopWindow[] windows, Seed seed)
    {
        var batch = GlueBatch.Pack([.. windows.Select(w => new EncodedExample(w.TokenIds, w.TokenIds.Length, w.Answer))], _network, _device);
        var width = windows.Max(w => w.CandidatePositions.Length);
        var (rows, missing) = (new long[windows.Length * width], new bool[windows.Length * width]);
        for (var i = 0; i < windows.Length; i++)
        {
            for (var c = 0; c < width; c++)
            {
                var at = (i * width) + c;
                missing[at] = c >= windows[i].CandidatePositions.Length;
                rows[at] = batch.Tokens.Offsets.Start(i) + (missing[at] ? 0 : windows[i].CandidatePositions[c]);
            }
        }

        var scores = _model.call(batch.Tokens, seed).index_select(0, tensor(rows, device: _device)); // [B·K]
        return scores.Masked(tensor(missing, device: _device), NoCandidate).view(windows.Length, width);
    }

    /// <summary>Summed over the windows.</summary>
    private Tensor Loss(Tensor logits, WikiHopWindow[] windows) =>
        nn.functional.cross_entropy(logits, tensor(windows.Select(w => (long)w.Answer).ToArray(), device: _device), reduction: nn.Reduction.Sum);

    public void Dispose() => _model.Dispose();
}
