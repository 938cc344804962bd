// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json.Serialization;
using TorchSharp;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Pretraining;

/// <summary>One pre-training, complete: corpus, examples, network, training and where the weights start.</summary>
internal sealed record PretrainRun : RunConfiguration
{
    private static readonly string[] OwnFiles = [.. new[]
    {
        "TokenSources", "Instance", "SentenceOrderInstances", "Masking", "PretrainingExamples", "PretrainingBatch", "PretrainTask", "RandomStream", "StartingWeights",
    }.Select(n => $"experiments/Pretraining/{n}.cs")];

    public required CorpusChoice Corpus { get; init; }
    public required InstanceOptions Instances { get; init; }
    public required LanguageModelOptions Network { get; init; }
    public required TrainingOptions Training { get; init; }

    /// <summary>Matrix products in bfloat16, everything else in float32.</summary>
    public bool Bfloat16 { get; init; }

    /// <summary>Upstream's from_cp: the model of the same task whose weights this one starts from, its positions repeated where this one is longer; null starts at random.</summary>
    public string? StartFrom { get; init; }

    [JsonIgnore]
    public override int PlannedSteps => Training.Steps;

    [JsonIgnore]
    public override int? CheckpointInterval => Training.EvaluateEvery;

    [JsonIgnore]
    public override string Precision => Bfloat16 ? "bfloat16-autocast" : "float32";

    [JsonIgnore]
    public override object DataKey => Corpus;

    public override IEnumerable<string> Problems() => Network.Problems().Concat(Training.Problems()).Concat(Instances.Problems()).Concat(OwnProblems());

    public override bool Reaches(string path) => OwnFiles.Contains(path) || SourceSets.TrainingReaches(path, Network.Attention);

    public override string? FindData(DataPlace place) => Corpus.Find(place);

    public override DataToFetch? ToFetch(DataPlace place) => Corpus.ToFetch(place);

    public override IRunData PrepareData(DataPlace place, IProgress<double>? progress, CancellationToken cancellationToken) => Corpus.Prepare(place, progress, cancellationToken);

    public override IReadOnlyList<Job> Needs(Job job) => StartFrom is null ? [] : [job with { Model = StartFrom }];

    public override RunOutcome Execute(RunContext context, CancellationToken cancellationToken)
    {
        var data = (CorpusRunData)context.Data;
        if (data.Vocabulary.Size != Network.VocabularySize)
        {
            throw new InvalidDataException($"the vocabulary has {data.Vocabulary.Size} tokens, the configuration says {Network.VocabularySize}");
        }

        using var task = new PretrainTask(this, data.Train, data.Dev, data.Vocabulary, torch.device(context.Job.Device), context.Job.Seed);
        if (context.StartingWeights is { } weights)
        {
            StartingWeights.Load(task.Model, weights, Network, withSentenceHead: true, context.Events);
        }

        var result = TrainedRun.Train(context, Training, task, cancellationToken, finalSplit: null, checkpointEvaluations: true);
        return new RunOutcome
        {
            Results = [.. Results(result.LastDev, task.DevCount)],
            Protocol = Describe(data, task.DevCount),
            ParameterCount = task.Parameters.Sum(p => p.numel()),
            Steps = Training.Steps,
            SecondsPerStep = result.SecondsPerStep,
        };
    }

    private static IEnumerable<MetricResult> Results(Score dev, int examples)
    {
        yield return new MetricResult("dev", "perplexity", dev.Of("perplexity"), dev.Count);
        yield return new MetricResult("dev", "loss", dev.Loss, dev.Count);
        yield return new MetricResult("dev", "accuracy", dev.Accuracy, dev.Count);
        foreach (var further in (dev.Further ?? []).Where(f => f.Metric != "perplexity"))
        {
            yield return new MetricResult("dev", further.Metric, further.Value, examples);
        }
    }

    private RunProtocol Describe(CorpusRunData data, int examples)
    {
        var options = new Dictionary<string, string>
        {
            ["dev-examples"] = $"the first {examples} of the dev split, masked once for all models",
            ["hash-draws-in-evaluation"] = "one, fixed by the seed",
            ["keep-probability"] = Instances.KeepProbability.ToString(CultureInfo.InvariantCulture),
            ["start"] = StartFrom is null ? "random" : StartFrom + StartStepText,
            ["vocabulary"] = data.VocabularyName,
        };
        if (Network.Style == LanguageModelStyle.Bert)
        {
            options["single-segment-counts-as-swapped"] = Instances.SingleSegmentCountsAsSwapped ? "yes" : "no";
        }

        return new RunProtocol
        {
            Name = "paper",
            SelectionSplit = "none",
            CheckpointRule = "last",
            DropLastTestBatch = false,
            TestExamplesScored = examples,
            TestExamples = examples,
            Precision = Precision,
            Options = options,
        };
    }

    private IEnumerable<string> OwnProblems()
    {
        if (Network.VocabularySize > ushort.MaxValue + 1)
        {
            yield return $"a vocabulary of {Network.VocabularySize}: token ids are stored in 16 bits";
        }

        if (Network.Style == LanguageModelStyle.Bert && Network.MaxLength < 8)
        {
            yield return $"MaxLength is {Network.MaxLength}; two halves and three markers need at least 8";
        }
    }
}
