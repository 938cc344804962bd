// SPDX-License-Identifier: MIT
using Yoso.Models;

namespace Yoso.Experiments.Pretraining;

/// <summary>Chooses the tokens that are predicted and hides them: 80 % by the mask, 10 % by a random token, 10 % not at all.</summary>
internal sealed class Masking(Vocabulary vocabulary, InstanceOptions options)
{
    /// <summary>BERT: a fixed share of the tokens that are no markers, rounded down, at most <see cref="InstanceOptions.MaxMasked"/>; a random token is any but id 0.</summary>
    public MaskedInstance Exact(Instance instance, Seed seed)
    {
        var random = new RandomStream(seed);
        var candidates = Candidates(instance);
        var count = Math.Min(options.MaxMasked, (int)(candidates.Length * options.MaskedShare));
        for (var i = 0; i < count; i++)
        {
            var other = random.Between(i, candidates.Length - 1);
            (candidates[i], candidates[other]) = (candidates[other], candidates[i]);
        }

        return Hide(instance, [.. candidates.Take(count).Order()], random, firstRandom: 1);
    }

    /// <summary>RoBERTa (Hugging Face's collator): each token that is no marker on its own; a random token is any of the vocabulary.</summary>
    public MaskedInstance Independent(Instance instance, Seed seed)
    {
        var random = new RandomStream(seed);
        return Hide(instance, [.. Candidates(instance).Where(_ => random.Chance(options.MaskedShare))], random, firstRandom: 0);
    }

    private int[] Candidates(Instance instance) =>
        [.. Enumerable.Range(0, instance.Tokens.Length).Where(i => instance.Tokens[i] != vocabulary.Special.Start && instance.Tokens[i] != vocabulary.Special.End)];

    private MaskedInstance Hide(Instance instance, int[] positions, RandomStream random, int firstRandom)
    {
        var tokens = (ushort[])instance.Tokens.Clone();
        foreach (var position in positions)
        {
            var choice = random.Uniform();
            if (choice < options.MaskShare)
            {
                tokens[position] = (ushort)vocabulary.Special.Mask;
            }
            else if (choice < options.MaskShare + options.RandomShare)
            {
                tokens[position] = (ushort)random.Between(firstRandom, vocabulary.Size - 1);
            }
        }

        return new MaskedInstance(tokens, instance.FirstLength, instance.SentenceLabel, positions, [.. positions.Select(p => instance.Tokens[p])]);
    }
}
