// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Pretraining;

/// <summary>
/// Scales: functions from a paper configuration to a smaller one, on the sample corpus with its vocabulary. They shrink network,
/// steps, batch and length, and raise the learning rate so that the few steps can learn something; the algorithm stays.
/// </summary>
internal static class PretrainScales
{
    private const int SampleVocabulary = 8000;

    private sealed record Size(int Length, int Layers, int Dim, int Hidden, int Heads, int Batch, int Steps, int DevExamples);

    public static PretrainRun Apply(PretrainRun paper, string scale) => scale switch
    {
        "paper" => paper,
        "nightly" => Shrink(paper, scale, new Size(Length: 128, Layers: 4, Dim: 256, Hidden: 1024, Heads: 4, Batch: 16, Steps: paper.Task == "bert" ? 800 : 200, DevExamples: 128)),
        "smoke" => Shrink(paper, scale, new Size(Length: 128, Layers: 2, Dim: 128, Hidden: 256, Heads: 2, Batch: 16, Steps: paper.Task == "bert" ? 400 : 60, DevExamples: 64)),
        _ => throw new ArgumentException($"no scale '{scale}'", nameof(scale)),
    };

    private static PretrainRun Shrink(PretrainRun paper, string scale, Size size)
    {
        var length = size.Length * paper.Network.MaxLength / 512;
        var longer = length / size.Length;
        var bert = paper.Task == "bert";
        return paper with
        {
            Scale = scale,
            Corpus = paper.Corpus.OfSamples(length - 2),
            Instances = paper.Instances with
            {
                MaxMasked = Math.Max(1, paper.Instances.MaxMasked * size.Length / 512), DevExamples = Math.Max(8, size.DevExamples / longer), DocumentsJoined = Math.Min(paper.Instances.DocumentsJoined, 8),
            },
            Network = paper.Network with
            {
                MaxLength = length, LayerCount = size.Layers, EmbeddingDim = size.Dim, Dim = size.Dim, HiddenDim = size.Hidden, HeadCount = size.Heads,
                VocabularySize = bert ? SampleVocabulary : paper.Network.VocabularySize,
            },
            Training = paper.Training with
            {
                BatchSize = Math.Max(2, size.Batch / longer), MicroBatchSize = 0, Steps = size.Steps, WarmupSteps = Math.Max(2, size.Steps / 10), LearningRate = 1e-3,
                EvaluateEvery = Math.Max(1, size.Steps / 8),
            },
        };
    }
}
