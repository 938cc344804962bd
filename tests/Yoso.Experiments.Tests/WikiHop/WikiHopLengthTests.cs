// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Data.Glue;
using Yoso.Experiments.Runs;
using Yoso.Experiments.WikiHop;
using Yoso.Models;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Tests.WikiHop;

/// <summary>Windows of 4096 tokens through the paper's attention, with a narrow network.</summary>
[Collection("torch")]
public sealed class WikiHopLengthTests
{
    [Theory]
    [InlineData("softmax-scratch")]
    [InlineData("yoso-32-scratch")]
    public void Step_TrainsOnFullWindows(string model)
    {
        var paper = WikiHopConfigurations.Resolve("wikihop", model, "paper");
        var network = paper.Network with { Dim = 16, EmbeddingDim = 16, HiddenDim = 32, HeadCount = 1, HeadDim = 16, LayerCount = 1 };
        var tokenizer = WikiHopConfigurations.Resolve("wikihop", model, "smoke").Vocabulary.Tokenizer(new DataPlace("", null));
        var item = new WikiHopItem("a", "country of residence", ["norway", "italy"], [.. Enumerable.Range(0, 60).Select(s => string.Join(' ', Enumerable.Repeat($"text {s}", 40)))], 1);
        var split = new WikiHopEncoding(tokenizer, network.MaxLength, paper.DropOverflowingSupport).Encode([item]);
        using var task = new WikiHopFineTuning(network, split, split, paper.Grid.Training(paper.Grid.Points[0], split.Windows.Count) with { MicroBatchSize = 1 }, torch.CPU, new Seed(1));

        var loss = task.AccumulateGradients(0);

        Assert.True(split.Windows.Count > 1);
        Assert.InRange(split.Windows[0].TokenIds.Length, 3900, 4096);
        Assert.All(split.Windows, w => Assert.All(w.CandidatePositions, p => Assert.Equal(50265, w.TokenIds[p])));
        Assert.InRange(loss, 0.1, 3); // near log 2, two candidates
        // The marks' embeddings learn too: with sampled attention surely that of the places whose logits are compared.
        var gradient = ((TokenScorer)task.Model).named_parameters().Single(p => p.name == "model.embeddings.word_embeddings.weight").parameter.grad!;
        Assert.True(gradient.narrow(0, 50265, model == "softmax-scratch" ? 4 : 1).abs().amax(1).gt(0).all().item<bool>());
    }
}
