// SPDX-License-Identifier: MIT
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

/// <summary>Ids that the original implementations gave for the same vocabularies.</summary>
public sealed class GoldenTests
{
    [Theory]
    [InlineData("bert", 65)]
    [InlineData("gpt2", 65)]
    [InlineData("sentencepiece", 63)]
    public void Encode_GivesTheIdsOfTheOriginal(string name, int cases)
    {
        var tokenizer = SampleVocabularies.Named(name);

        var golden = SampleVocabularies.Golden().Where(g => g.Tokenizer == name).ToList();

        Assert.Equal(cases, golden.Count);
        var wrong = golden.Where(g => !tokenizer.Encode(g.Text).AsSpan().SequenceEqual(g.Ids))
            .Select(g => $"{g.Text}: {string.Join(' ', tokenizer.Encode(g.Text))}, not {string.Join(' ', g.Ids)}");
        Assert.Equal([], wrong);
    }

    [Fact]
    public void Encode_OfRoberta_IsGpt2MovedByFour()
    {
        foreach (var (_, text, ids) in SampleVocabularies.Golden().Where(g => g.Tokenizer == "gpt2"))
        {
            Assert.Equal(ids.Select(id => id + 4), SampleVocabularies.Roberta.Encode(text));
        }
    }

    [Fact]
    public void Encode_IsExact_OnEveryTextOfTheCorpusTwice()
    {
        // The second time the words come from the cache.
        var golden = SampleVocabularies.Golden().ToList();

        for (var round = 0; round < 2; round++)
        {
            Assert.All(golden, g => Assert.Equal(g.Ids, SampleVocabularies.Named(g.Tokenizer).Encode(g.Text)));
        }
    }
}
