// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;
using Yoso.Data.Tokenization;
using Yoso.Experiments.Glue;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Tests.Glue;

public sealed class GlueEncodingTests
{
    /// <summary>A token a word: its length plus 100, capitals count for 1000 more.</summary>
    private sealed class WordLengths : ITokenizer
    {
        public TokenizerKind Kind => TokenizerKind.SentencePiece;
        public int VocabularySize => 5000;
        public SpecialTokens Special => new(Start: 2, End: 3, Pad: 1, Unknown: 4, Mask: 5);
        public string Digest => "";
        public void Encode(ReadOnlySpan<char> text, List<int> ids)
        {
            foreach (var word in text.ToString().Split(' ')) ids.Add(100 + word.Length + (char.IsUpper(word[0]) ? 1000 : 0));
        }

        public string Decode(ReadOnlySpan<int> ids) => "";
    }

    private static EncodedExample Encode(LanguageModelStyle style, int maxLength, bool padded, string first, string? second) =>
        new GlueEncoding(new WordLengths(), style, maxLength, padded).Encode(new GlueExample(0, first, second, 1));

    [Fact]
    public void Bert_LowersCase_AndMarksBothTexts()
    {
        var pair = Encode(LanguageModelStyle.Bert, 20, false, "Aaa b", "cc");
        var single = Encode(LanguageModelStyle.Bert, 20, false, "Aaa b", null);

        Assert.Equal([2, 103, 101, 3, 102, 3], pair.Tokens);
        Assert.Equal(4, pair.FirstLength);
        Assert.Equal([2, 103, 101, 3], single.Tokens);
        Assert.Equal((4, 1f), (single.FirstLength, single.Target));
    }

    [Fact]
    public void Roberta_KeepsCase_AndPadsWhereAsked()
    {
        Assert.Equal([2, 1103, 101, 3, 3, 102, 3], Encode(LanguageModelStyle.Roberta, 20, false, "Aaa b", "cc").Tokens);
        var padded = Encode(LanguageModelStyle.Roberta, 8, true, "Aaa b", null);
        Assert.Equal([2, 1103, 101, 3, 1, 1, 1, 1], padded.Tokens);
        Assert.Equal(8, padded.FirstLength);
    }

    [Theory]
    [InlineData(LanguageModelStyle.Bert, 9, "a bb ccc dddd", "e ff ggg", new[] { 2, 101, 102, 103, 3, 101, 102, 103, 3 })]
    [InlineData(LanguageModelStyle.Bert, 8, "a bb ccc dddd", "e ff ggg", new[] { 2, 101, 102, 103, 3, 101, 102, 3 })]
    [InlineData(LanguageModelStyle.Roberta, 9, "a bb ccc dddd", "e ff ggg", new[] { 2, 101, 102, 103, 3, 3, 101, 102, 3 })]
    [InlineData(LanguageModelStyle.Bert, 5, "a bb ccc", null, new[] { 2, 101, 102, 3 })]
    public void LongTexts_LoseTheEndOfTheLonger(LanguageModelStyle style, int maxLength, string first, string? second, int[] expected) =>
        Assert.Equal(expected, Encode(style, maxLength, false, first, second).Tokens);
}
