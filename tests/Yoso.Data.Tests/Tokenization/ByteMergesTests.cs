// SPDX-License-Identifier: MIT
using CsCheck;
using Microsoft.ML.Tokenizers;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

public sealed class ByteMergesTests
{
    private static readonly Lazy<BpeTokenizer> Library = new(() =>
    {
        var files = BpeFiles.Read(SampleVocabularies.PathOf("vocab/gpt2"));
        return BpeTokenizer.Create(new BpeOptions(files.Ids) { Merges = files.Merges, ByteLevel = true, PreTokenizer = WholeText.Instance });
    });

    [Fact]
    public void Apply_MergesAsTheLibrary_Words() =>
        Gen.String[TokenizerPropertyTests.AnyOf("eeettaoinsrhldcum zq'-09éß中😀".Where(c => !char.IsSurrogate(c)).ToArray()), 1, 40]
            .Sample(word => SampleVocabularies.Gpt2.Encode(word).AsSpan().SequenceEqual(ByWord(word)), iter: 2000);

    [Fact]
    public void Encode_GivesTheIdsOfTheLibrary_OnAWholeCorpus()
    {
        foreach (var line in SampleVocabularies.Text("corpus/dev.txt.gz").Split('\n')) Assert.Equal(ByWord(line), SampleVocabularies.Gpt2.Encode(line));
    }

    /// <summary>The library given one word at a time, as it merges well what it cuts badly.</summary>
    private static int[] ByWord(string text)
    {
        var ids = new List<int>();
        for (var at = 0; at < text.Length;)
        {
            var length = Gpt2Words.Length(text.AsSpan(at));
            ids.AddRange(Library.Value.EncodeToIds(text.AsSpan(at, length)));
            at += length;
        }
        return [.. ids];
    }
}
