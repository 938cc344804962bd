// SPDX-License-Identifier: MIT
using Yoso.Data.Corpora;
using Yoso.Data.Tests.Tokenization;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Corpora;

public sealed class CorpusTextTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    private CorpusSource Source(string text)
    {
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in/a.txt"], text);
        return CorpusSource.TextFolder(folder["in"]);
    }

    [Fact]
    public void Read_GivesLinesOrSentences_OfEveryNthDocument()
    {
        var source = Source("One. Two.\nThree.\n\nFour.\n\nFive. Six.\n");

        Assert.Equal(["One. Two.", "Three.", "Four.", "Five. Six."], CorpusText.Read([source], cancellation: Token));
        Assert.Equal(["One.", "Two.", "Three.", "Five.", "Six."], CorpusText.Read([source], stride: 2, sentences: true, cancellation: Token));
    }

    [Fact]
    public void Read_LeavesOutTheDevSplit()
    {
        var words = CorpusText.Read([CorpusSource.Samples(SampleVocabularies.PathOf(""))], cancellation: Token).Sum(TextDocument.CountWords);

        Assert.Equal(487_542, words);
    }

    [Fact]
    public void TrainBpe_MakesAVocabulary_WithFewerTokensThanBytes()
    {
        var lines = CorpusText.Read([CorpusSource.Samples(SampleVocabularies.PathOf(""))], stride: 10, cancellation: Token);
        Assert.Equal(1000, CorpusText.TrainBpe(lines, 1000, folder["vocabulary"]));

        var options = new CorpusOptions { Sources = [CorpusSource.Samples(SampleVocabularies.PathOf(""))], Tokenizer = TokenizerFiles.Open(TokenizerKind.Roberta, folder["vocabulary"]) };
        var corpus = Corpus.Prepare(options, folder["data"], cancellation: Token);

        Assert.InRange(corpus.TokenCount, corpus.WordCount, 3 * corpus.WordCount);
        Assert.Equal(1005, options.Tokenizer.VocabularySize);
    }

    [Fact]
    public void TrainUnigram_LeavesNothingBehind_WithoutTheProgram()
    {
        Assert.Throws<DataFormatException>(() => CorpusText.TrainUnigram(["a text"], 300, folder["u.model"], folder["spm_train"]));

        Assert.Empty(Directory.GetFiles(folder.ToString()));
    }
}
