// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.WikiHop;

/// <summary>Question answering over long contexts: the pre-trained RoBERTa models at 4096 tokens, fine-tuned on WikiHop.</summary>
internal sealed class WikiHopSuite : ISuite
{
    public string Name => "qa";

    public RunConfiguration Resolve(string task, string model, string scale) => WikiHopConfigurations.Resolve(task, model, scale);
}

/// <summary>The models: "yoso-32" starts from pretrain/roberta/yoso-32-4096, "-imported" from a file of weights, "-scratch" from random ones.</summary>
internal static class WikiHopConfigurations
{
    private const string Scratch = "-scratch", Imported = "-imported";

    /// <exception cref="ArgumentException">There is no such task, model or scale.</exception>
    public static WikiHopRun Resolve(string task, string model, string scale)
    {
        if (task != "wikihop")
        {
            throw new ArgumentException($"no configuration for task '{task}'", nameof(task));
        }

        var name = Names.WithoutStep(model);
        var scratch = name.EndsWith(Scratch, StringComparison.Ordinal);
        var imported = name.EndsWith(Imported, StringComparison.Ordinal);
        var encoder = $"{(scratch ? name[..^Scratch.Length] : imported ? name[..^Imported.Length] : name)}-4096";
        var pretraining = PretrainConfigurations.Resolve("roberta", encoder, scale);
        var paper = new WikiHopRun
        {
            Task = task,
            Model = model,
            Scale = scale,
            Data = new WikiHopChoice { Weights = imported ? $"roberta/{encoder}" : null },
            Network = pretraining.Network with { VocabularySize = pretraining.Network.VocabularySize + WikiHopEncoding.MarkCount },
            Vocabulary = pretraining.Corpus,
            // Upstream releases schedule and decay, but neither rate nor batch nor epochs: those three are ours, after Longformer's (Beltagy et al., 2020).
            Grid = new GlueGrid { LearningRates = [3e-5], BatchSizes = [32], Epochs = 10, Schedule = ScheduleKind.OneCycle, WarmupShare = 0.05, WeightDecay = 0.01 },
            MicroBatchSize = 4,
            Pretraining = scratch || imported ? null : encoder,
            StartStep = scratch || imported ? null : Names.StartStep(model),
        };
        return scale switch
        {
            "paper" => paper,
            "nightly" => paper with { Data = paper.Data with { TrainLimit = 2000, DevLimit = 400 }, Grid = paper.Grid with { LearningRates = [3e-4], BatchSizes = [16], Epochs = 3 } },
            "smoke" => paper with { Data = paper.Data with { TrainLimit = 200, DevLimit = 100 }, Grid = paper.Grid with { LearningRates = [1e-3], BatchSizes = [8], Epochs = 2 } },
            _ => throw new ArgumentException($"no scale '{scale}'", nameof(scale)),
        };
    }
}
