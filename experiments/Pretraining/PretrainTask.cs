// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using Yoso.Models.Heads;
using static TorchSharp.torch;

namespace Yoso.Experiments.Pretraining;

/// <summary>Masked language modelling, in BERT with sentence order: every random choice derives from the job's seed and the step.</summary>
internal sealed class PretrainTask : ITrainingTask
{
    private readonly LanguageModelOptions _network;
    private readonly TrainingOptions _training;
    private readonly PretrainingExamples _examples;
    private readonly Prefetched<Instance[]> _refills;
    private readonly MaskedInstance[] _dev;
    private readonly bool _bfloat16;
    private readonly Device _device;
    private readonly Seed _seed;
    private readonly LanguagePretrainingModel _model;
    private (int Number, Instance[] Instances) _refill = (-1, []);

    public PretrainTask(PretrainRun run, ITokenSource train, ITokenSource dev, Vocabulary vocabulary, Device device, int seed)
    {
        (_network, _training, _bfloat16, _device, _seed) = (run.Network, run.Training, run.Bfloat16, device, new Seed((ulong)seed));
        _examples = new PretrainingExamples(train, dev, vocabulary, run.Instances, run.Network, run.Training.BatchSize, _seed.Derive("examples"));
        _refills = new Prefetched<Instance[]>(_examples.Refill, ahead: 1);
        _dev = _examples.Dev();
        _model = new LanguagePretrainingModel(run.Network, _seed.Derive("weights"));
        _model.to(device);
        Parameters = [.. _model.parameters()];
    }

    public nn.Module Model => _model;

    public IReadOnlyList<Parameter> Parameters { get; }

    public int DevCount => _dev.Length;

    private int PartSize => _training.MicroBatchSize == 0 ? _training.BatchSize : _training.MicroBatchSize;

    public double AccumulateGradients(int step)
    {
        var number = _examples.RefillOf(step);
        if (_refill.Number != number)
        {
            _refill = (number, _refills.Take(number));
        }

        var batch = _examples.Batch(_refill.Instances, step);
        var predicted = Math.Max(1, batch.Sum(i => i.Positions.Length));
        var loss = 0.0;
        for (var start = 0; start < batch.Length; start += PartSize)
        {
            var seed = _seed.Derive("step").Derive(step).Derive(start);
            random.manual_seed((long)(seed.Derive("dropout").Value >> 1));
            using var scope = NewDisposeScope();
            var part = PretrainingBatch.Pack(batch.AsSpan(start, Math.Min(PartSize, batch.Length - start)), _network, _device);
            var (tokens, sentences) = Losses(part, seed.Derive("hash"), out _);
            // Divided by what the whole batch has, so that the parts of a batch add up to its mean.
            var mean = sentences is null ? tokens.Over(predicted) : tokens.Over(predicted) + sentences.Over(batch.Length);
            AutogradRunner.Backward(mean);
            loss += mean.item<float>();
        }

        return loss;
    }

    public Score Evaluate(string split, CancellationToken cancellationToken)
    {
        using var ungraded = no_grad();
        _model.eval();
        double tokenLoss = 0, sentenceLoss = 0;
        long correctTokens = 0, correctSentences = 0, predicted = 0;
        for (var start = 0; start < _dev.Length; start += PartSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var part = PretrainingBatch.Pack(_dev.AsSpan(start, Math.Min(PartSize, _dev.Length - start)), _network, _device);
            // Fixed draws: the score of a model is a number, not a sample.
            var (tokens, sentences) = Losses(part, _seed.Derive(split).Derive(start), out var logits);
            tokenLoss += tokens.item<float>();
            predicted += part.TokenLabels.shape[0];
            correctTokens += logits.TokenLogits.argmax(1).eq(part.TokenLabels).sum().item<long>();
            if (sentences is not null)
            {
                sentenceLoss += sentences.item<float>();
                correctSentences += logits.SentenceLogits!.argmax(1).eq(part.SentenceLabels!).sum().item<long>();
            }
        }

        var loss = tokenLoss / predicted;
        return new Score(loss, 100.0 * correctTokens / predicted, (int)predicted)
        {
            Further = _network.Style == LanguageModelStyle.Roberta
                ? [new("perplexity", Math.Exp(loss))]
                : [new("perplexity", Math.Exp(loss)), new("sop-loss", sentenceLoss / _dev.Length), new("sop-accuracy", 100.0 * correctSentences / _dev.Length)],
        };
    }

    /// <summary>Summed over the predicted tokens and over the sentences.</summary>
    private (Tensor Tokens, Tensor? Sentences) Losses(PretrainingBatch batch, Seed seed, out PretrainingLogits logits)
    {
        using (_bfloat16 ? new Autocast(_device.type) : null)
        {
            logits = _model.Forward(batch.Tokens, batch.TypeIds, batch.PredictedRows, seed);
        }

        var tokens = VocabularyLoss.Sum(logits.TokenLogits, batch.TokenLabels);
        var sentences = logits.SentenceLogits is null ? null : nn.functional.cross_entropy(logits.SentenceLogits, batch.SentenceLabels!, reduction: nn.Reduction.Sum);
        return (tokens, sentences);
    }

    public void Dispose()
    {
        _refills.Dispose();
        _model.Dispose();
    }
}
