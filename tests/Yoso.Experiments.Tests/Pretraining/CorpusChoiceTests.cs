// SPDX-License-Identifier: MIT
using Yoso.Data.Tokenization;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Pretraining;

public sealed class CorpusChoiceTests : IDisposable
{
    private readonly string _mirror = Directory.CreateTempSubdirectory("yoso-mirror-").FullName;

    public void Dispose() => Directory.Delete(_mirror, recursive: true);

    /// <summary>Paper scale: roberta-base's own numbering where its files are given, else GPT-2's id + 4; special ids and size are RoBERTa's in both.</summary>
    [Fact]
    public void Roberta_TakesItsOwnNumbering_WhereTheMirrorHasIt()
    {
        var (place, choice) = (new DataPlace(_mirror, _mirror), CorpusChoice.Blocks(510));
        var fromGpt2 = choice.Tokenizer(place);
        var nameFromGpt2 = choice.VocabularyName(place);
        WrittenRobertaVocabulary.Write(_mirror);
        var own = choice.Tokenizer(place);

        Assert.All((ITokenizer[])[fromGpt2, own], t => Assert.Equal((new SpecialTokens(0, 2, 1, 3, 50264), 50265), (t.Special, t.VocabularySize)));
        var (a, b) = (fromGpt2.Encode("The hashes collide."), own.Encode("The hashes collide."));
        Assert.Equal(a.Select(id => 50263 - (id - 4)), b);
        Assert.Contains("GPT-2's byte-level BPE", nameFromGpt2, StringComparison.Ordinal);
        Assert.Equal("roberta-base's own, with its numbering", choice.VocabularyName(place));
        Assert.Equal(fromGpt2.Digest, choice.OfSamples(126).Tokenizer(place).Digest);
    }

    [Theory]
    [InlineData("softmax", 514)]
    [InlineData("softmax-4096", 4098)]
    public void Roberta_CountsPositionsFromTwo(string model, int rows)
    {
        var network = PretrainConfigurations.Resolve("roberta", model, "paper").Network;

        Assert.Equal((2, rows, 50265), (network.PositionOffset, network.PositionCount, network.VocabularySize));
    }
}
