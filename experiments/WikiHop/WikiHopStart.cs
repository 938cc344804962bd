// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.WikiHop;

/// <summary>Weights of a pre-trained model in one with four more tokens, whose embeddings and scores start at random, as upstream.</summary>
internal static class WikiHopStart
{
    /// <param name="model">A <see cref="TokenScorer"/> for <paramref name="network"/>.</param>
    /// <param name="path">A file of weights, with upstream's names or Hugging Face's; shorter positions are repeated.</param>
    /// <exception cref="InvalidDataException">A weight of the same name has another shape.</exception>
    public static void Load(nn.Module model, string path, LanguageModelOptions network, Seed seed, ITrainingEvents events)
    {
        // By way of a model without the new tokens, so that the loading is that of every other fine-tuning.
        var before = network with { VocabularySize = network.VocabularySize - WikiHopEncoding.MarkCount };
        using var scope = NewDisposeScope();
        using var ungraded = no_grad();
        using var source = new TokenScorer(before, seed.Derive("weights"));
        StartingWeights.Load(source, path, before, withSentenceHead: false, events);
        var state = model.state_dict();
        foreach (var (name, value) in source.state_dict())
        {
            (state[name].shape[0] > value.shape[0] ? state[name].narrow(0, 0, value.shape[0]) : state[name]).copy_(value);
        }
    }
}
