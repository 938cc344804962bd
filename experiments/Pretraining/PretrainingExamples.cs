// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Pretraining;

/// <summary>
/// The examples of every step as a function of seed and step, so that a resumed run needs no reader's position. A refill is those of
/// some neighbouring steps: documents or blocks are visited in random order until it is full, then it is shuffled.
/// </summary>
internal sealed class PretrainingExamples
{
    private readonly ITokenSource _train;
    private readonly ITokenSource _dev;
    private readonly Vocabulary _vocabulary;
    private readonly InstanceOptions _options;
    private readonly LanguageModelOptions _network;
    private readonly int _batchSize;
    private readonly Masking _masking;
    private readonly Seed _seed;

    public PretrainingExamples(ITokenSource train, ITokenSource dev, Vocabulary vocabulary, InstanceOptions options, LanguageModelOptions network, int batchSize, Seed seed)
    {
        (_vocabulary, _options, _network, _batchSize, _seed) = (vocabulary, options, network, batchSize, seed);
        (_train, _dev) = IsBert && options.DocumentsJoined > 1
            ? (new JoinedDocuments(train, options.DocumentsJoined), new JoinedDocuments(dev, options.DocumentsJoined))
            : (train, dev);
        _masking = new Masking(vocabulary, options);
        if (_train.Count == 0 || _dev.Count == 0)
        {
            throw new InvalidDataException($"the corpus has {_train.Count} documents or blocks to train on and {_dev.Count} to evaluate on: it needs both");
        }
    }

    private bool IsBert => _network.Style == LanguageModelStyle.Bert;

    /// <summary>Refill of step <paramref name="step"/> (0-based).</summary>
    public int RefillOf(int step) => step / _options.StepsPerRefill;

    /// <summary>The examples of a refill, shuffled, not masked yet: step s has those from s modulo StepsPerRefill times the batch size on.</summary>
    public Instance[] Refill(int refill)
    {
        var seed = _seed.Derive("refill").Derive(refill);
        var instances = Collect(_train, _options.StepsPerRefill * _batchSize, seed, _options.KeepProbability).ToArray();
        var order = BatchOrder.Permutation(instances.Length, seed.Derive("shuffle"));
        return [.. order.Select(i => instances[i])];
    }

    /// <summary>The masked examples of step <paramref name="step"/> out of its refill.</summary>
    public MaskedInstance[] Batch(Instance[] refill, int step)
    {
        var start = step % _options.StepsPerRefill * _batchSize;
        var seed = _seed.Derive("mask").Derive(step);
        return [.. Enumerable.Range(0, _batchSize).Select(i => Mask(refill[start + i], seed.Derive(i)))];
    }

    /// <summary>The examples of every evaluation: the same cuts and masks for all models of a seedless stream, in the corpus's order.</summary>
    public MaskedInstance[] Dev()
    {
        // Not the job's seed: all models and seeds are scored on the same masks.
        var seed = new Seed(0).Derive("dev");
        return [.. Sequential(_dev, seed).Take(_options.DevExamples).Select((instance, i) => Mask(instance, seed.Derive("mask").Derive(i)))];
    }

    private MaskedInstance Mask(Instance instance, Seed seed) => IsBert ? _masking.Exact(instance, seed) : _masking.Independent(instance, seed);

    private IEnumerable<Instance> Sequential(ITokenSource source, Seed seed)
    {
        var keepAll = _options with { KeepProbability = 1 };
        return Enumerable.Range(0, source.Count).SelectMany(item => Visit(source, item, seed.Derive(item), keepAll));
    }

    private IEnumerable<Instance> Collect(ITokenSource source, int count, Seed seed, double keep)
    {
        var found = 0;
        for (var round = 0; ; round++)
        {
            var roundSeed = seed.Derive(round);
            var before = found;
            foreach (var item in BatchOrder.Permutation(source.Count, roundSeed))
            {
                foreach (var instance in Visit(source, item, roundSeed.Derive("visit").Derive(item), _options))
                {
                    yield return instance;
                    if (++found == count)
                    {
                        yield break;
                    }
                }
            }

            if (found == before && round >= 1000 / keep)
            {
                throw new InvalidDataException("the corpus gives no examples: its documents are too short");
            }
        }
    }

    private IEnumerable<Instance> Visit(ITokenSource source, int item, Seed seed, InstanceOptions options)
    {
        if (IsBert)
        {
            return new SentenceOrderInstances(source, _vocabulary, options, _network.MaxLength).Visit(item, seed);
        }

        return new RandomStream(seed).Chance(options.KeepProbability) ? [Block(source.Segment(item, 0))] : [];
    }

    /// <summary>&lt;s&gt; block &lt;/s&gt;.</summary>
    private Instance Block(ReadOnlySpan<ushort> ids)
    {
        ushort[] tokens = [(ushort)_vocabulary.Special.Start, .. ids, (ushort)_vocabulary.Special.End];
        return new Instance(tokens, tokens.Length, -1);
    }
}
