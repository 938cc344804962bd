// SPDX-License-Identifier: MIT
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

public sealed class BpeTrainerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static BpeTrainer On(IEnumerable<string> lines)
    {
        var trainer = new BpeTrainer();
        foreach (var line in lines) trainer.Add(line);
        return trainer;
    }

    [Fact]
    public void Train_MergesTheMostFrequentPairFirst()
    {
        // " low" five times, "er" in eight words: counted by hand.
        On([" low low low low low", " newer newer newer wider wider wider her her"]).Train(300, folder.ToString());

        var merges = File.ReadAllLines(folder["vocab.bpe"]);
        Assert.Equal("#version: 0.2", merges[0]);
        Assert.Equal("e r", merges[1]);
        // "l o", "o w" and "Ġ l" occur five times each: ties go to the older tokens.
        Assert.Equal("l o", merges[2]);
        Assert.Equal("Ġ lo", merges[3]);
        Assert.Equal("Ġlo w", merges[4]);
    }

    [Fact]
    public void Train_GivesTheSameFiles_InAnyOrderOfTheText()
    {
        var lines = SampleVocabularies.Text("corpus/dev.txt.gz").Split('\n');

        On(lines).Train(1000, folder["a"]);
        On(lines.Reverse()).Train(1000, folder["b"]);

        Assert.Equal(File.ReadAllText(folder["a/encoder.json"]), File.ReadAllText(folder["b/encoder.json"]));
        Assert.Equal(File.ReadAllText(folder["a/vocab.bpe"]), File.ReadAllText(folder["b/vocab.bpe"]));
    }

    [Theory]
    [InlineData(TokenizerKind.Gpt2, 2000)]
    [InlineData(TokenizerKind.Roberta, 2005)]
    public void Train_MakesAVocabularyThatTokenizes(TokenizerKind kind, int size)
    {
        var text = SampleVocabularies.Text("corpus/dev.txt.gz");
        Assert.Equal(2000, On(text.Split('\n')).Train(2000, folder.ToString()));

        var tokenizer = TokenizerFiles.Open(kind, folder.ToString());

        var ids = tokenizer.Encode(text);
        Assert.Equal(size, tokenizer.VocabularySize);
        Assert.Equal(text, tokenizer.Decode(ids));
        Assert.InRange(ids.Length, text.Length / 5, text.Length / 3);
        Assert.InRange(ids.Max(), size - 300, size - 1);
    }

    [Fact]
    public void Train_StopsAtPairsThatOccurOnce() => Assert.Equal(BpeTrainer.SmallestVocabulary, On(["abcdefg"]).Train(1000, folder.ToString()));

    [Fact]
    public void Train_RefusesAVocabularyWithoutRoomForTheBytes() => Assert.Throws<ArgumentOutOfRangeException>(() => On(["a"]).Train(256, folder.ToString()));

    [Fact]
    public void UnigramTrainer_SaysWhatToInstall_WithoutTheProgram()
    {
        File.WriteAllText(folder["text"], "some text\n");

        var problem = Assert.Throws<DataFormatException>(() => UnigramTrainer.Train(folder["text"], 100, folder["x.model"], folder["spm_train"]));

        Assert.Contains("install sentencepiece", problem.Message, StringComparison.Ordinal);
    }
}
