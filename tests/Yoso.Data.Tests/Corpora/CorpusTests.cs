// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Corpora;
using Yoso.Data.Tests.Tokenization;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Corpora;

public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private CorpusOptions Text(string content, CorpusForm form = CorpusForm.Blocks)
    {
        Directory.CreateDirectory(folder["in"]);
        File.WriteAllText(folder["in/a.txt"], content);
        return new CorpusOptions { Sources = [CorpusSource.TextFolder(folder["in"])], Tokenizer = SampleVocabularies.Roberta, Form = form, BlockTokens = 16, DevShare = 0, Threads = 2 };
    }

    private static CorpusOptions Sample(CorpusForm form) => new()
    {
        Sources = [CorpusSource.Samples(SampleVocabularies.PathOf(""))],
        Tokenizer = SampleVocabularies.Roberta,
        Form = form,
    };

    private TokenCorpus Prepare(CorpusOptions options) => Corpus.Prepare(options, folder["data"], cancellation: TestContext.Current.CancellationToken);

    private static ushort[] Stream(TokenSplit split) => [.. Enumerable.Range(0, split.BlockCount).SelectMany(i => split.Block(i).ToArray())];

    private static string Decode(ReadOnlySpan<ushort> ids) => SampleVocabularies.Roberta.Decode([.. ids.ToArray().Select(id => (int)id)]);

    [Fact]
    public void Blocks_AreTheIdsOfTheWholeText_CutAcrossDocuments()
    {
        const string Content = "The first document.\nIts second line, it's short.\n\nAnother   document: 12 words or so, more or less, and then some.\n";

        var corpus = Prepare(Text(Content));

        var whole = SampleVocabularies.Roberta.Encode(Content + "\n");
        var blocks = whole.Length / 16;
        Assert.Equal(blocks, corpus.Train.BlockCount);
        // The blank line at the very end is two line ends, which the whole text joins into one token.
        Assert.Equal(whole.Take(blocks * 16).Select(id => (ushort)id), Stream(corpus.Train));
        Assert.Equal(0, corpus.Dev.BlockCount);
    }

    [Fact]
    public void Documents_HaveSentencesAsSegments()
    {
        var corpus = Prepare(Text("Mr. Smith went home. He slept!\nThen he woke up.\n\n\nA second one?\n", CorpusForm.Documents));

        Assert.Equal(2, corpus.Train.DocumentCount);
        Assert.Equal(["Mr. Smith went home.", "He slept!", "Then he woke up."], Enumerable.Range(0, corpus.Train.SegmentCount(0)).Select(s => Decode(corpus.Train.Segment(0, s))));
        Assert.Equal("A second one?", Decode(corpus.Train.Segment(1, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Train.Segment(1, 1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => corpus.Train.SegmentCount(2));
    }

    [Fact]
    public void SampleCorpus_KeepsItsOwnSplit()
    {
        var corpus = Prepare(Sample(CorpusForm.Documents));

        Assert.Equal((170, 9), (corpus.Train.DocumentCount, corpus.Dev.DocumentCount));
        Assert.Equal(487_542 + 52_643, corpus.WordCount);
        Assert.Equal(DataKind.Sample, corpus.Manifest.Kind);
        Assert.Equal((170, 9), (corpus.Manifest.TrainCount, corpus.Manifest.DevCount));
        Assert.Contains("not comparable", corpus.Manifest.Note, StringComparison.Ordinal);
    }

    [Fact]
    public void SampleCorpus_HasOneBlockForEach510Tokens()
    {
        var corpus = Prepare(Sample(CorpusForm.Blocks));

        Assert.Equal(510, corpus.BlockTokens);
        Assert.InRange(corpus.TokenCount - (510L * (corpus.Train.BlockCount + corpus.Dev.BlockCount)), 0, 2 * 509);
        Assert.StartsWith(Decode(corpus.Dev.Block(0))[..60], SampleVocabularies.Text("corpus/dev.txt.gz"), StringComparison.Ordinal);
        Assert.Equal(corpus.Manifest.Digest, Corpus.Find(Sample(CorpusForm.Blocks), folder["data"])!.Digest);
    }

    [Theory]
    [InlineData(CorpusForm.Blocks)]
    [InlineData(CorpusForm.Documents)]
    public void Prepare_GivesTheSameBytes_ForAnyNumberOfThreads(CorpusForm form)
    {
        var options = Sample(form) with { WordsPerPart = 50_000 };

        var one = Corpus.Prepare(options with { Threads = 1 }, folder["one"], cancellation: TestContext.Current.CancellationToken);
        var five = Corpus.Prepare(options with { Threads = 5 }, folder["five"], cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(one.Manifest.Digest, five.Manifest.Digest);
        Assert.InRange(one.PartCount, 10, 12);
        one.Verify();
        five.Verify();
    }

    [Fact]
    public void Split_IsATenthInWholeUnits_AndCoversEverythingOnce()
    {
        var lines = string.Join("\n\n", Enumerable.Range(0, 4000).Select(i => $"Document number {i} says very little about {i * 7}."));

        var corpus = Prepare(Text(lines) with { DevShare = 0.1, WordsPerPart = 9000 });

        var total = corpus.Train.BlockCount + corpus.Dev.BlockCount;
        Assert.InRange(corpus.PartCount, 3, 4);
        Assert.InRange(corpus.Dev.BlockCount, total * 0.05, total * 0.15);
        var whole = Prepare(Text(lines) with { DevShare = 0, WordsPerPart = 9000 });
        string Key(ushort[] block) => string.Join(' ', block);
        IEnumerable<string> Keys(TokenSplit split) => Enumerable.Range(0, split.BlockCount).Select(i => Key(split.Block(i).ToArray()));
        Assert.Equal(Keys(whole.Train).Order(), Keys(corpus.Train).Concat(Keys(corpus.Dev)).Order());
    }

    [Fact]
    public void Split_DependsOnItsSeed()
    {
        var lines = string.Join("\n\n", Enumerable.Range(0, 2000).Select(i => $"Document number {i} says very little."));

        var first = Prepare(Text(lines) with { DevShare = 0.2, SplitSeed = 1 });
        var second = Prepare(Text(lines) with { DevShare = 0.2, SplitSeed = 2 });

        Assert.NotEqual(Stream(first.Dev), Stream(second.Dev));
    }

    [Fact]
    public void Prepare_GoesOnAfterWholeParts_AndEndsWithTheSameBytes()
    {
        var options = Sample(CorpusForm.Blocks) with { WordsPerPart = 60_000, Threads = 2 };
        var expected = Corpus.Prepare(options, folder["expected"], cancellation: TestContext.Current.CancellationToken).Manifest.Digest;

        for (var stopAt = 1; stopAt <= 7; stopAt += 3)
        {
            using var cancelled = new CancellationTokenSource();
            var root = folder[$"stopped-{stopAt}"];
            var progress = new Reports(report => { if (report.Parts >= stopAt) cancelled.Cancel(); });
            Assert.ThrowsAny<OperationCanceledException>(() => Corpus.Prepare(options, root, progress, cancelled.Token));
            Assert.Null(Corpus.Find(options, root));
            var kept = Directory.GetFiles(root, "part-*.tokens", SearchOption.AllDirectories).ToDictionary(file => Path.GetFileName(file), File.GetLastWriteTimeUtc);
            Assert.InRange(kept.Count, stopAt, 9);

            var corpus = Corpus.Prepare(options, root, cancellation: TestContext.Current.CancellationToken);

            Assert.Equal(expected, corpus.Manifest.Digest);
            corpus.Verify();
            foreach (var (name, written) in kept) Assert.Equal(written, File.GetLastWriteTimeUtc(Directory.GetFiles(root, name, SearchOption.AllDirectories).Single()));
        }
    }

    [Fact]
    public void Prepare_DropsAPart_ThatIsTornOrWhoseSourceChanged()
    {
        var lines = Enumerable.Range(0, 60_000).Select(i => $"Document number {i} says very little.\n\n").ToArray();
        var options = Text(string.Concat(lines)) with { WordsPerPart = 50_000 };
        var expected = Prepare(options).Manifest.Digest;
        string Stop(string root)
        {
            using var cancelled = new CancellationTokenSource();
            Assert.ThrowsAny<OperationCanceledException>(() => Corpus.Prepare(options, root, new Reports(r => { if (r.Parts >= 3) cancelled.Cancel(); }), cancelled.Token));
            return Directory.GetDirectories(Path.Combine(root, "corpus"), ".*.partial").Single();
        }
        var torn = Stop(folder["torn"]);
        File.WriteAllBytes(Path.Combine(torn, "part-00001.tokens"), File.ReadAllBytes(Path.Combine(torn, "part-00001.tokens"))[..^10]);
        Stop(folder["changed"]);

        Assert.Equal(expected, Corpus.Prepare(options, folder["torn"], cancellation: TestContext.Current.CancellationToken).Manifest.Digest);

        lines[1] = "Document number 9 says nothing at all.\n\n";
        var changed = Text(string.Concat(lines)) with { WordsPerPart = 50_000 };
        Assert.Equal(
            Corpus.Prepare(changed, folder["fresh"], cancellation: TestContext.Current.CancellationToken).Manifest.Digest,
            Corpus.Prepare(changed, folder["changed"], cancellation: TestContext.Current.CancellationToken).Manifest.Digest);
    }

    /// <summary>What SIGKILL leaves: a shard being written, a whole one without its entry, an entry being written.</summary>
    [Fact]
    public void Prepare_GoesOnAfterAKill_BetweenAnyTwoWrites()
    {
        var options = Sample(CorpusForm.Documents) with { WordsPerPart = 60_000, Threads = 1 };
        var expected = Corpus.Prepare(options, folder["expected"], cancellation: TestContext.Current.CancellationToken).Manifest.Digest;
        using var cancelled = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Corpus.Prepare(options, folder["killed"], new Reports(r => { if (r.Parts >= 4) cancelled.Cancel(); }), cancelled.Token));
        var work = Directory.GetDirectories(folder["killed/corpus"], ".*.partial").Single();
        var last = Directory.GetFiles(work, "part-*.json").Order().Last();
        var shard = Path.ChangeExtension(last, ".tokens");

        // The entry of the last part was being written.
        File.WriteAllText(last + ".partial", "{");
        File.Delete(last);
        // The next shard was being written.
        File.WriteAllBytes(Path.Combine(work, "part-00099.tokens.partial"), [1, 2, 3]);
        // An entry that lies: its shard is another one's.
        File.Copy(shard, Path.Combine(work, "part-00001.tokens"), overwrite: true);

        var corpus = Corpus.Prepare(options, folder["killed"], cancellation: TestContext.Current.CancellationToken);

        Assert.Equal(expected, corpus.Manifest.Digest);
        corpus.Verify();
        Assert.Empty(Directory.GetFiles(folder["killed"], "*.partial", SearchOption.AllDirectories));
    }

    [Fact]
    public void Prepare_TwiceAtOnce_MakesItOnce()
    {
        var options = Sample(CorpusForm.Blocks) with { WordsPerPart = 100_000 };

        var both = Enumerable.Range(0, 2).AsParallel().WithDegreeOfParallelism(2).Select(_ => Prepare(options).Manifest.Digest).ToList();

        Assert.Equal(both[0], both[1]);
        Assert.Single(Directory.GetDirectories(folder["data/corpus"]));
    }

    [Fact]
    public void Prepare_MakesADamagedCorpusAnew()
    {
        var options = Text("Some words in a document, and more of them, so that there is a block.\n");
        var digest = Prepare(options).Manifest.Digest;
        var shard = Directory.GetFiles(folder["data"], "*.tokens", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^1]);

        Assert.Null(Corpus.Find(options, folder["data"]));
        Assert.Equal(digest, Prepare(options).Manifest.Digest);
    }

    [Fact]
    public void Verify_FindsAChangedByte()
    {
        var corpus = Prepare(Text("Some words in a document, and more of them, so that there is a block.\n"));
        var shard = Directory.GetFiles(folder["data"], "*.tokens", SearchOption.AllDirectories).Single();
        var bytes = File.ReadAllBytes(shard);
        bytes[140] ^= 1;
        File.WriteAllBytes(shard, bytes);

        Assert.Throws<DataFormatException>(() => TokenCorpus.Open(Path.GetDirectoryName(shard)!).Verify());
        GC.KeepAlive(corpus);
    }

    [Fact]
    public void BookCorpus_ReadsBothFiles_ALineASentence()
    {
        Directory.CreateDirectory(folder["books"]);
        File.WriteAllText(folder["books/books_large_p1.txt"], string.Concat(Enumerable.Range(0, 1500).Select(i => $"sentence {i} . with a stop .\n")));
        File.WriteAllText(folder["books/books_large_p2.txt"], "the end .\r\n");
        var options = new CorpusOptions { Sources = [CorpusSource.BookCorpus(folder["books"])], Tokenizer = SampleVocabularies.Roberta, Form = CorpusForm.Documents, DevShare = 0 };

        var corpus = Prepare(options);

        Assert.Equal([1000, 500, 1], Enumerable.Range(0, corpus.Train.DocumentCount).Select(corpus.Train.SegmentCount));
        Assert.Equal("sentence 1000 . with a stop .", Decode(corpus.Train.Segment(1, 0)));
        Assert.Equal("the end .", Decode(corpus.Train.Segment(2, 0)));
        Assert.Equal(1, corpus.PartCount);
    }

    [Fact]
    public void Blocks_OfLinesWithoutDocuments_AreNotCutByArtificialOnes()
    {
        var text = string.Concat(Enumerable.Range(0, 2500).Select(i => $"line {i}\n"));
        Directory.CreateDirectory(folder["books"]);
        File.WriteAllText(folder["books/books_large_p1.txt"], text);
        File.WriteAllText(folder["books/books_large_p2.txt"], "");
        var options = new CorpusOptions { Sources = [CorpusSource.BookCorpus(folder["books"])], Tokenizer = SampleVocabularies.Roberta, BlockTokens = 100, DevShare = 0 };

        var blocks = Prepare(options).Train;

        var decoded = string.Concat(Enumerable.Range(0, blocks.BlockCount).Select(i => Decode(blocks.Block(i))));
        Assert.StartsWith(decoded, text, StringComparison.Ordinal);
        Assert.InRange(decoded.Length, text.Length - 600, text.Length);
    }

    [Fact]
    public void Prepare_NamesTheByte_ThatIsNotUtf8()
    {
        var options = Text("x");
        File.WriteAllBytes(folder["in/a.txt"], [.. Encoding.UTF8.GetBytes("good é\n"), 0xFF, (byte)'\n']);

        var problem = Assert.Throws<DataFormatException>(() => Prepare(options));

        Assert.Contains("a.txt is not UTF-8 at byte 8", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Prepare_NamesATruncatedGzip_AndKeepsWholeParts()
    {
        Directory.CreateDirectory(folder["in"]);
        var random = new Random(3);
        Archives.Gz(folder["in/a.txt.gz"], Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 300_000).Select(i => $"{random.Next()} and {random.Next()}.\n\n"))));
        var options = new CorpusOptions { Sources = [CorpusSource.TextFolder(folder["in"])], Tokenizer = SampleVocabularies.Roberta, WordsPerPart = 100_000, DevShare = 0 };
        var whole = File.ReadAllBytes(folder["in/a.txt.gz"]);
        File.WriteAllBytes(folder["in/a.txt.gz"], whole[..(whole.Length * 3 / 4)]);

        var problem = Assert.Throws<DataFormatException>(() => Prepare(options));

        Assert.Matches(@"a\.txt\.gz is damaged or cut off near byte \d+ of \d+.*\d+ whole parts are kept", problem.Message);
        Assert.NotEmpty(Directory.GetFiles(folder["data"], "part-*.json", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(folder["data"], "manifest.json", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n \n")]
    public void Prepare_RefusesSourcesWithoutText(string content) =>
        Assert.Contains("no document", Assert.Throws<DataFormatException>(() => Prepare(Text(content))).Message, StringComparison.Ordinal);

    [Fact]
    public void Prepare_RefusesValuesOutsideTheirRange()
    {
        var options = Text("a");

        Assert.All(
            new[] { options with { Sources = [] }, options with { BlockTokens = 0 }, options with { DevShare = 1 }, options with { Threads = 0 }, options with { WordsPerPart = 0 }, options with { BlocksPerUnit = 0 } },
            bad => Assert.Throws<ArgumentException>(() => Prepare(bad)));
    }

    private sealed class Reports(Action<CorpusProgress> action) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value) => action(value);
    }
}
