// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json.Serialization;
using TorchSharp;
using Yoso.Data;
using Yoso.Data.Glue;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;

namespace Yoso.Experiments.WikiHop;

/// <summary>One fine-tuning on WikiHop, complete: data, encoder with four more tokens, its pre-training, and the training.</summary>
internal sealed record WikiHopRun : RunConfiguration
{
    private static readonly string[] OwnFiles =
    [
        "experiments/WikiHop/WikiHopEncoding.cs", "experiments/WikiHop/WikiHopFineTuning.cs", "experiments/WikiHop/WikiHopStart.cs", "experiments/Glue/GlueBatch.cs",
        "experiments/Glue/GlueGrid.cs", "experiments/Pretraining/StartingWeights.cs", "src/Yoso.Data/Glue/WikiHopData.cs",
    ];

    public required WikiHopChoice Data { get; init; }

    /// <summary>Its vocabulary includes the marks of questions and answers.</summary>
    public required LanguageModelOptions Network { get; init; }

    /// <summary>The corpus whose vocabulary the texts are read with.</summary>
    public required CorpusChoice Vocabulary { get; init; }

    /// <summary>Of one point: the number of steps is known when the windows are.</summary>
    public required GlueGrid Grid { get; init; }

    /// <summary>Windows of one forward and backward pass.</summary>
    public required int MicroBatchSize { get; init; }

    /// <summary>The pre-trained model of pretrain/roberta; null for imported or random weights.</summary>
    public string? Pretraining { get; init; }

    /// <summary>Seed of the pre-training: one model is fine-tuned with every seed, as upstream.</summary>
    public int PretrainingSeed { get; init; } = 1;

    /// <summary>Upstream's rule: a support that does not fit starts a new window and is itself left out.</summary>
    public bool DropOverflowingSupport { get; init; } = true;

    [JsonIgnore]
    public override int PlannedSteps => Grid.Epochs;

    [JsonIgnore]
    public override object DataKey => (Data, Vocabulary);

    public override IEnumerable<string> Problems()
    {
        foreach (var problem in Network.Problems().Concat(Grid.Problems()))
        {
            yield return problem;
        }

        if (Grid.Points.Count != 1 || MicroBatchSize < 1 || MicroBatchSize > Grid.BatchSizes[0])
        {
            yield return $"MicroBatchSize {MicroBatchSize} and {Grid.Points.Count} grid points: need 1 to the batch size, and one point";
        }
    }

    public override bool Reaches(string path) => OwnFiles.Contains(path) || SourceSets.TrainingReaches(path, Network.Attention);

    public override string? FindData(DataPlace place) => Data.Find(place, Vocabulary);

    public override DataToFetch? ToFetch(DataPlace place) => Data.ToFetch(place);

    public override IRunData PrepareData(DataPlace place, IProgress<double>? progress, CancellationToken cancellationToken) => Data.Load(place, Vocabulary);

    public override IReadOnlyList<Job> Needs(Job job) => Pretraining is null
        ? []
        : [job with { Suite = PretrainSuite.SuiteName, Task = "roberta", Model = Pretraining, Seed = PretrainingSeed }];

    public override RunOutcome Execute(RunContext context, CancellationToken cancellationToken)
    {
        var data = (WikiHopRunData)context.Data;
        var tokenizer = Vocabulary.Tokenizer(data.Place);
        if (tokenizer.VocabularySize + WikiHopEncoding.MarkCount != Network.VocabularySize)
        {
            throw new InvalidDataException($"the vocabulary has {tokenizer.VocabularySize} tokens, the configuration says {Network.VocabularySize - WikiHopEncoding.MarkCount}");
        }

        var encoding = new WikiHopEncoding(tokenizer, Network.MaxLength, DropOverflowingSupport);
        var (train, dev) = (Encode(encoding, data.Train, "train", context.Events), Encode(encoding, data.Dev, "dev", context.Events));
        var options = Grid.Training(Grid.Points[0], train.Windows.Count) with { MicroBatchSize = MicroBatchSize };
        var seed = new Seed((ulong)context.Job.Seed);
        using var task = new WikiHopFineTuning(Network, train, dev, options, torch.device(context.Job.Device), seed);
        var weights = data.Weights ?? context.StartingWeights;
        if (weights is not null)
        {
            WikiHopStart.Load(task.Model, weights, Network, seed, context.Events);
        }

        var result = TrainedRun.Train(context, options, task, cancellationToken, finalSplit: null);
        return new RunOutcome
        {
            Results = [new("dev", "accuracy", result.BestDev.Accuracy, dev.ItemCount), new("dev", "loss", result.BestDev.Loss, dev.Windows.Count)],
            Baselines = [new("random-candidate", "dev", "accuracy", 100 * data.Dev.Average(i => 1.0 / i.Candidates.Count), dev.ItemCount)],
            Protocol = Describe(data, train, dev, result.BestStep),
            ParameterCount = task.Parameters.Sum(p => p.numel()),
            Steps = options.Steps,
            SecondsPerStep = result.SecondsPerStep,
        };
    }

    private WikiHopSplit Encode(WikiHopEncoding encoding, IReadOnlyList<WikiHopItem> items, string name, ITrainingEvents events)
    {
        var split = encoding.Encode(items);
        events.Publish(new Note($"{name}: {split.ItemCount} items in {split.Windows.Count} windows of up to {Network.MaxLength} tokens"));
        if (split.Windows.Count == 0)
        {
            throw new DataFormatException($"{name}.json: no item fits {Network.MaxLength} tokens with a supporting text");
        }

        if (split.Unreadable > 0)
        {
            events.Publish(new Note($"{name}: {split.Unreadable} items do not fit and count as wrong"));
        }

        return split;
    }

    private RunProtocol Describe(WikiHopRunData data, WikiHopSplit train, WikiHopSplit dev, int bestStep) => new()
    {
        Name = "paper",
        SelectionSplit = "dev, which is also reported",
        CheckpointRule = $"best of {Grid.Epochs} evaluations on dev",
        DropLastTestBatch = false,
        TestExamplesScored = dev.ItemCount,
        TestExamples = dev.ItemCount,
        Precision = Precision,
        Options = new Dictionary<string, string>
        {
            ["training"] = $"{Grid.Points[0]}, {Grid.Epochs} epochs; not released by upstream, chosen here",
            ["windows"] = string.Create(CultureInfo.InvariantCulture, $"{train.Windows.Count} train, {dev.Windows.Count} dev; an item's logits are summed over its windows"),
            ["overflowing-support"] = DropOverflowingSupport ? "left out, as upstream" : "starts the next window",
            ["items-without-window"] = dev.Unreadable.ToString(CultureInfo.InvariantCulture),
            ["start"] = data.Weights is not null ? $"imported weights, {Data.Weights}" : Pretraining is null ? "random weights" : $"pretrain/roberta/{Pretraining}, seed {PretrainingSeed}{StartStepText}",
            ["hash-draws-in-evaluation"] = "one, fixed by the seed",
            ["best-step"] = bestStep.ToString(CultureInfo.InvariantCulture),
        },
    };
}
