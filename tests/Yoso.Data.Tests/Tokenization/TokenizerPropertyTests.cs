// SPDX-License-Identifier: MIT
using System.Text;
using CsCheck;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

public sealed class TokenizerPropertyTests
{
    /// <summary>Any characters, with those that the rules treat specially far more often than chance would.</summary>
    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String[AnyOf("  \t\n\r'sreltdvm.,-ABCabc019é\u00a0\u3000\u0301中ｆﬁ²Ⅳ▁".ToCharArray()), 0, 40],
        Gen.Int[0, 0x10FFFF].Where(Rune.IsValid).Array[0, 30].Select(values => string.Concat(values.Select(char.ConvertFromUtf32))),
        Gen.String);

    private static readonly Gen<string> WithLoneSurrogates = Gen.String[AnyOf('a', ' ', '\ud83d', '\ude00', '\'', '1'), 0, 20];

    public static TheoryData<string> Names => ["bert", "gpt2", "roberta", "sentencepiece"];

    internal static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    [Theory]
    [InlineData("gpt2")]
    [InlineData("roberta")]
    public void Decode_GivesTheTextBack_OfByteLevelBpe(string name)
    {
        var tokenizer = SampleVocabularies.Named(name);

        Texts.Sample(text => tokenizer.Decode(tokenizer.Encode(text)) == Valid(text));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_GivesIdsOfTheVocabulary_AndNoMarkers(string name)
    {
        var tokenizer = SampleVocabularies.Named(name);

        Texts.Sample(text => tokenizer.Encode(text).All(id => id >= 0 && id < tokenizer.VocabularySize && !tokenizer.Special.IsMarker(id)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Encode_TakesLoneSurrogates_AsReplacementCharacters(string name)
    {
        var tokenizer = SampleVocabularies.Named(name);

        WithLoneSurrogates.Sample(text => tokenizer.Encode(text).AsSpan().SequenceEqual(tokenizer.Encode(Valid(text))));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("sentencepiece")]
    public void Encode_OfDecodedIds_GivesThemAgain(string name)
    {
        var tokenizer = SampleVocabularies.Named(name);
        var words = AnyOf(SampleVocabularies.Text("corpus/dev.txt.gz").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[..3000]);

        words.Array[1, 30].Select(w => string.Join(' ', w)).Sample(text =>
        {
            var ids = tokenizer.Encode(text);
            return ids.Contains(tokenizer.Special.Unknown) || tokenizer.Encode(tokenizer.Decode(ids)).AsSpan().SequenceEqual(ids);
        });
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("bert")]
    public void Encode_OfLines_IsTheSameInManyThreads(string name)
    {
        var lines = SampleVocabularies.Text("corpus/dev.txt.gz").Split('\n')[..100];
        var fresh = name == "bert"
            ? TokenizerFiles.Open(TokenizerKind.BertUncased, SampleVocabularies.PathOf("vocab/bert-base-uncased"))
            : TokenizerFiles.Open(TokenizerKind.Gpt2, SampleVocabularies.PathOf("vocab/gpt2"));
        var expected = lines.Select(line => SampleVocabularies.Named(name).Encode(line)).ToList();

        var got = lines.AsParallel().AsOrdered().WithDegreeOfParallelism(4).Select(line => fresh.Encode(line)).ToList();

        Assert.Equal(expected, got);
    }

    /// <summary>Quadratic work would be 10^11 steps: the test would not end.</summary>
    [Theory]
    [InlineData("bert", 'a')]
    [InlineData("bert", ' ')]
    [InlineData("bert", '!')]
    [InlineData("bert", '\u0301')]
    [InlineData("roberta", 'a')]
    [InlineData("roberta", ' ')]
    [InlineData("roberta", '\ud83d')]
    [InlineData("sentencepiece", 'a')]
    [InlineData("sentencepiece", ' ')]
    [InlineData("sentencepiece", '▁')]
    public void Encode_OfALongWord_IsNotQuadratic(string name, char letter)
    {
        var ids = SampleVocabularies.Named(name).Encode(new string(letter, 300_000));

        Assert.InRange(ids.Length, 0, 900_000);
    }

    [Fact]
    public void Encode_KeepsLettersOutsideTheBasicPlaneTogether()
    {
        // Mathematical script letters: one word for GPT-2's pattern.
        const string Word = " \ud835\udcd0\ud835\udcd1x";

        Assert.Equal(Word.Length, Gpt2Words.Length(Word));
        Assert.Equal(Word, SampleVocabularies.Gpt2.Decode(SampleVocabularies.Gpt2.Encode(Word)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Decode_RefusesIdsOutsideTheVocabulary(string name)
    {
        var tokenizer = SampleVocabularies.Named(name);

        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([tokenizer.VocabularySize]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }
}
