// SPDX-License-Identifier: MIT
using Yoso.Experiments.Pretraining;
using Yoso.Models;

namespace Yoso.Experiments.Tests.Pretraining;

public sealed class MaskingTests
{
    private static readonly Instance Sentence = new([2, .. Enumerable.Range(100, 200).Select(i => (ushort)i), 3, .. Enumerable.Range(400, 100).Select(i => (ushort)i), 3], 202, 1);

    [Fact]
    public void Exact_HidesTheShareOfTheTokensThatAreNoMarkers()
    {
        var masking = new Masking(WrittenTokens.Vocabulary, new InstanceOptions());
        var (masked, random, kept) = (0, 0, 0);
        for (var seed = 0UL; seed < 100; seed++)
        {
            var result = masking.Exact(Sentence, new Seed(seed));

            Assert.Equal(45, result.Positions.Length); // 15 % of 300
            Assert.Equal(result.Positions.Order().Distinct(), result.Positions);
            Assert.Equal(result.Positions.Select(p => Sentence.Tokens[p]), result.Labels);
            Assert.DoesNotContain(result.Labels, l => l is 2 or 3);
            Assert.Equal((Sentence.FirstLength, 1), (result.FirstLength, result.SentenceLabel));
            for (var i = 0; i < Sentence.Tokens.Length; i++)
            {
                Assert.True(result.Tokens[i] == Sentence.Tokens[i] || result.Positions.Contains(i));
            }

            masked += result.Positions.Count(p => result.Tokens[p] == 4);
            kept += result.Positions.Count(p => result.Tokens[p] == Sentence.Tokens[p]);
            random += result.Positions.Count(p => result.Tokens[p] != 4 && result.Tokens[p] != Sentence.Tokens[p]);
        }

        // 4,500 draws; six standard deviations are 161, 121 and 121.
        Assert.InRange(masked, 3600 - 161, 3600 + 161);
        Assert.InRange(random, 450 - 121, 450 + 121);
        Assert.InRange(kept, 450 - 121, 450 + 121);
    }

    [Theory]
    [InlineData(6, 0)]
    [InlineData(7, 1)]
    [InlineData(300, 20)]
    public void Exact_RoundsDown_AndStopsAtTheMost(int tokens, int expected)
    {
        var masking = new Masking(WrittenTokens.Vocabulary, new InstanceOptions { MaxMasked = 20 });
        var instance = new Instance([2, .. Enumerable.Repeat((ushort)50, tokens), 3], tokens + 2, 0);

        Assert.Equal(expected, masking.Exact(instance, new Seed(1)).Positions.Length);
    }

    [Fact]
    public void Independent_DecidesEachTokenAlone()
    {
        var masking = new Masking(WrittenTokens.Vocabulary, new InstanceOptions());
        var counts = Enumerable.Range(0, 200).Select(seed => masking.Independent(Sentence, new Seed((ulong)seed)).Positions.Length).ToArray();

        Assert.InRange(counts.Sum(), 9000 - 525, 9000 + 525); // 60,000 draws at 15 %, six standard deviations
        Assert.True(counts.Distinct().Count() > 10, "the number of predicted tokens does not vary");
    }

    [Fact]
    public void RandomTokens_CoverTheVocabulary_WithoutPaddingInBert()
    {
        var options = new InstanceOptions { MaskShare = 0, RandomShare = 1, MaskedShare = 1, MaxMasked = 1000 };
        var masking = new Masking(WrittenTokens.Vocabulary with { Size = 12 }, options);

        Assert.Equal(Enumerable.Range(1, 11), masking.Exact(Sentence, new Seed(1)).Tokens[1..201].Select(t => (int)t).Distinct().Order());
        Assert.Equal(Enumerable.Range(0, 12), masking.Independent(Sentence, new Seed(1)).Tokens[1..201].Select(t => (int)t).Distinct().Order());
    }
}
