// SPDX-License-Identifier: MIT
using System.Text;
using System.Text.Json;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

public sealed class TokenizerFilesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private string Bpe(string encoder, string merges)
    {
        File.WriteAllText(folder["encoder.json"], encoder);
        File.WriteAllText(folder["vocab.bpe"], merges);
        return folder.ToString();
    }

    private static Dictionary<string, int> Bytes() => Enumerable.Range(0, 256).ToDictionary(b => ByteAlphabet.Character((byte)b).ToString(), b => b);

    [Fact]
    public void Special_HasTheIdsOfThePublishedModels()
    {
        Assert.Equal(new SpecialTokens(101, 102, 0, 100, 103), SampleVocabularies.Bert.Special);
        Assert.Equal(new SpecialTokens(0, 2, 1, 3, 50264), SampleVocabularies.Roberta.Special);
        Assert.Equal(new SpecialTokens(50256, 50256, 50256, 50256, -1), SampleVocabularies.Gpt2.Special);
        Assert.Equal(new SpecialTokens(2, 3, 0, 1, 4), SampleVocabularies.SentencePiece.Special);
        Assert.Equal([30522, 50265, 50257, 8000], new[] { SampleVocabularies.Bert, SampleVocabularies.Roberta, SampleVocabularies.Gpt2, SampleVocabularies.SentencePiece }.Select(t => t.VocabularySize));
    }

    [Fact]
    public void Open_ReadsRobertasOwnIds_FromHuggingFacesFiles()
    {
        var ids = Bytes().ToDictionary(e => e.Key, e => 300 - e.Value);
        foreach (var (token, id) in new[] { ("<s>", 0), ("<pad>", 1), ("</s>", 2), ("<unk>", 3), ("<mask>", 302), ("ab", 301) }) ids[token] = id;
        File.WriteAllText(folder["vocab.json"], JsonSerializer.Serialize(ids));
        File.WriteAllText(folder["merges.txt"], "#version: 0.2\na b\n");

        var tokenizer = TokenizerFiles.Open(TokenizerKind.Roberta, folder.ToString());

        Assert.Equal(new SpecialTokens(0, 2, 1, 3, 302), tokenizer.Special);
        Assert.Equal([301, 300 - 'c'], tokenizer.Encode("abc"));
        Assert.Equal("abc", tokenizer.Decode([0, 301, 300 - 'c', 2]));
    }

    [Fact]
    public void Digest_TellsVocabulariesAndKindsApart()
    {
        ITokenizer[] all = [SampleVocabularies.Bert, SampleVocabularies.Gpt2, SampleVocabularies.Roberta, SampleVocabularies.SentencePiece];

        Assert.Equal(4, all.Select(t => t.Digest).Distinct().Count());
        Assert.All(all, t => Assert.Matches("^[0-9a-f]{64}$", t.Digest));
        Assert.Equal(SampleVocabularies.Bert.Digest, TokenizerFiles.Open(TokenizerKind.BertUncased, SampleVocabularies.PathOf("vocab/bert-base-uncased/vocab.txt")).Digest);
    }

    [Theory]
    [InlineData(TokenizerKind.BertUncased)]
    [InlineData(TokenizerKind.Gpt2)]
    [InlineData(TokenizerKind.Roberta)]
    [InlineData(TokenizerKind.SentencePiece)]
    public void Open_NamesWhatIsMissing(TokenizerKind kind)
    {
        var problem = Assert.Throws<DataFormatException>(() => TokenizerFiles.Open(kind, folder["nothing"]));

        Assert.Contains("nothing", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Theory]
    [InlineData("", "not a JSON object")]
    [InlineData("[1]", "not a JSON object")]
    [InlineData("{}", "an id of its own")]
    [InlineData("{\"a\": 1, \"b\": 1}", "an id of its own")]
    [InlineData("{\"a\": -1}", "an id of its own")]
    [InlineData("{\"a\": 1}", "byte")]
    public void Open_RefusesIdsThatAreNone(string encoder, string problem) =>
        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => TokenizerFiles.Open(TokenizerKind.Gpt2, Bpe(encoder, ""))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("a")]
    [InlineData("a b c")]
    [InlineData("a zz")]
    public void Open_RefusesMergesThatMakeNoToken(string merge)
    {
        var ids = Bytes();
        ids["<|endoftext|>"] = 256;

        var problem = Assert.Throws<DataFormatException>(() => TokenizerFiles.Open(TokenizerKind.Gpt2, Bpe(JsonSerializer.Serialize(ids), $"#version: 0.2\n{merge}\n")));

        Assert.Contains("line 2", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hello\n", "[CLS]")]
    [InlineData("[CLS]\n[SEP]\n[PAD]\n[UNK]\n[MASK]\na\na\n", "twice")]
    public void Open_RefusesAVocabularyThatIsNotBerts(string lines, string problem)
    {
        File.WriteAllText(folder["vocab.txt"], lines);

        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => TokenizerFiles.Open(TokenizerKind.BertUncased, folder["vocab.txt"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_RefusesDamagedGzip()
    {
        Archives.Gz(folder["encoder.json.gz"], Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Bytes())));
        Archives.Truncate(folder["encoder.json.gz"], 0.5);
        File.WriteAllText(folder["vocab.bpe"], "");

        Assert.ThrowsAny<DataFormatException>(() => TokenizerFiles.Open(TokenizerKind.Gpt2, folder.ToString()));
    }

    [Fact]
    public void Open_RefusesASentencePieceModel_CutOffAnywhere()
    {
        var whole = File.ReadAllBytes(SampleVocabularies.PathOf("vocab/spm8k.model"));

        for (var share = 0.0; share < 1; share += 0.0403)
        {
            var length = (int)(whole.Length * share);
            File.WriteAllBytes(folder["cut.model"], whole[..length]);
            // Cut between two fields it is a smaller model, but never a crash.
            try
            {
                _ = TokenizerFiles.Open(TokenizerKind.SentencePiece, folder["cut.model"]).Encode("some text");
            }
            catch (DataFormatException e)
            {
                Assert.Contains("cut.model", e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Encode_SurvivesDamagedNormalisationRules()
    {
        var bytes = File.ReadAllBytes(SampleVocabularies.PathOf("vocab/spm8k.model"));
        var random = new Random(7);

        for (var round = 0; round < 20; round++)
        {
            var damaged = (byte[])bytes.Clone();
            // The rules are the largest field, at the end of the file.
            for (var i = 0; i < 2000; i++) damaged[^random.Next(1, 200_000)] = (byte)random.Next(256);
            File.WriteAllBytes(folder["damaged.model"], damaged);
            try
            {
                _ = TokenizerFiles.Open(TokenizerKind.SentencePiece, folder["damaged.model"]).Encode("Some TEXT ﬁne ｆｕｌｌ");
            }
            catch (DataFormatException e)
            {
                Assert.DoesNotContain('\n', e.Message);
            }
        }
    }
}
