// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Corpora;
using Yoso.Data.Tests.Tokenization;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Corpora;

public sealed class DumpSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private static readonly string[] Pages = [.. Enumerable.Range(1, 60).Select(i => Dumps.Article(i))];
    private static readonly string Xml = Dumps.Head + string.Concat(Pages) + Dumps.End;

    public void Dispose() => folder.Dispose();

    private CorpusOptions Options(byte[] dump, string name = "dump.xml.bz2", long wordsPerPart = 20_000_000, int threads = 3)
    {
        File.WriteAllBytes(folder[name], dump);
        return new CorpusOptions
        {
            Sources = [CorpusSource.Wikipedia(folder[name])],
            Tokenizer = SampleVocabularies.Gpt2,
            Form = CorpusForm.Documents,
            DevShare = 0,
            WordsPerPart = wordsPerPart,
            Threads = threads,
        };
    }

    private TokenCorpus Prepare(CorpusOptions options, string root = "data") => Corpus.Prepare(options, folder[root], cancellation: TestContext.Current.CancellationToken);

    private static string Start(TokenCorpus corpus, int document) => SampleVocabularies.Gpt2.Decode([.. corpus.Train.Segment(document, 0).ToArray().Select(id => (int)id)]);

    private string Digest(byte[] dump, string name = "dump.xml.bz2")
    {
        var corpus = Prepare(Options(dump, name), Guid.NewGuid().ToString("N"));
        Assert.Equal(Enumerable.Range(1, 60).Select(i => $"Page {i} is about number {i}."), Enumerable.Range(0, corpus.Train.DocumentCount).Select(d => Start(corpus, d)));
        return corpus.Manifest.Digest;
    }

    [Fact]
    public void Prepare_GivesTheSameText_FromEveryFormOfTheDump()
    {
        var digests = new[]
        {
            Digest(Encoding.UTF8.GetBytes(Xml), "plain.xml"),
            Digest(Dumps.Compress(Xml)),
            Digest(Dumps.MultiStream(Pages, 7)),
            Digest(Dumps.MultiStream(Pages, 1)),
            Digest(Dumps.Blind(Xml, 5000)),
            Digest([.. Dumps.Compress(Xml[..3000]), .. Dumps.Compress(""), .. Dumps.Compress(Xml[3000..])]),
        };

        Assert.Single(digests.Distinct());
    }

    [Fact]
    public void Prepare_LeavesOutWhatIsNoArticle()
    {
        var body = string.Join(' ', Enumerable.Repeat("word", 200));
        string[] pages =
        [
            Dumps.Page(1, "'''Kept''' one. " + body),
            Dumps.Page(2, "Talk. " + body, ns: 1),
            Dumps.Page(3, "Template. " + body, ns: 10),
            Dumps.Page(4, "#REDIRECT [[Kept]] " + body, redirect: "Kept & \"one\""),
            Dumps.Page(5, "#redirect [[Kept]] " + body),
            Dumps.Page(6, "function() " + body, model: "Scribunto"),
            Dumps.Page(7, "Short " + string.Join(' ', Enumerable.Repeat("word", 126)) + " {{not a word}}"),
            Dumps.Page(8, "Long enough " + string.Join(' ', Enumerable.Repeat("word", 126))),
            "<page><title>Deleted</title><ns>0</ns><id>9</id><revision><text deleted=\"deleted\" /></revision></page>",
            "<page><title>Two</title><ns>0</ns><id>9</id><revision><text>Old. " + body + "</text></revision><revision><text>New. " + body + "</text></revision></page>",
        ];

        var corpus = Prepare(Options(Dumps.MultiStream(pages, 3)));

        Assert.Equal(["Kept one.", "Long enough word word", "New."], Enumerable.Range(0, corpus.Train.DocumentCount).Select(d => string.Join(' ', Start(corpus, d).Split(' ').Take(4)).Replace(" word", "", StringComparison.Ordinal) + (d == 1 ? " word word" : "")).Select(s => s));
        Assert.Contains("CC-BY-SA", corpus.Manifest.Licence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Prepare_GoesOnAfterWholeParts_OfADump(bool multiStream)
    {
        var pages = Enumerable.Range(1, 3000).Select(i => Dumps.Article(i)).ToList();
        var dump = multiStream ? Dumps.MultiStream(pages, 100) : Dumps.Compress(Dumps.Head + string.Concat(pages) + Dumps.End);
        var options = Options(dump, wordsPerPart: 40_000);
        var expected = Prepare(options, "expected").Manifest.Digest;
        using var cancelled = new CancellationTokenSource();
        var progress = new Stopper(cancelled, 4);

        Assert.ThrowsAny<OperationCanceledException>(() => Corpus.Prepare(options, folder["stopped"], progress, cancelled.Token));
        Assert.NotEmpty(Directory.GetFiles(folder["stopped"], "part-00003.json", SearchOption.AllDirectories));

        Assert.Equal(expected, Prepare(options, "stopped").Manifest.Digest);
    }

    [Fact]
    public void Prepare_KeepsPartsOfATruncatedDump_AndTheWholeOneGoesOnAfterThem()
    {
        var pages = Enumerable.Range(1, 2000).Select(i => Dumps.Article(i)).ToList();
        var dump = Dumps.MultiStream(pages, 100);
        var whole = Options(dump, wordsPerPart: 30_000);
        var expected = Prepare(whole, "expected").Manifest.Digest;
        var cut = Options(dump[..(dump.Length * 2 / 3)], wordsPerPart: 30_000);

        var problem = Assert.Throws<DataFormatException>(() => Prepare(cut));

        Assert.Matches(@"dump\.xml\.bz2 is damaged or cut off in the bzip2 stream at byte \d+; get the file again \(\d+ whole parts are kept", problem.Message);
        var kept = Directory.GetFiles(folder["data"], "part-*.tokens", SearchOption.AllDirectories).ToDictionary(file => Path.GetFileName(file), File.GetLastWriteTimeUtc);
        Assert.InRange(kept.Count, 4, 8);
        Assert.Equal(expected, Prepare(Options(dump, wordsPerPart: 30_000)).Manifest.Digest);
        foreach (var (name, written) in kept) Assert.Equal(written, File.GetLastWriteTimeUtc(Directory.GetFiles(folder["data"], name, SearchOption.AllDirectories).Single()));
    }

    [Fact]
    public void Prepare_NamesTheStream_WhereverADumpIsCutOff()
    {
        var dump = Dumps.MultiStream(Pages, 20);
        var random = new Random(5);

        foreach (var length in Enumerable.Range(0, 25).Select(_ => random.Next(1, dump.Length - 1)).Append(dump.Length - 1).Append(dump.Length - Dumps.Compress(Dumps.End).Length))
        {
            var problem = Assert.Throws<DataFormatException>(() => Prepare(Options(dump[..length])));

            Assert.Matches(@"byte \d+", problem.Message);
            Assert.Contains("dump.xml.bz2", problem.Message, StringComparison.Ordinal);
            Assert.DoesNotContain('\n', problem.Message);
        }
    }

    [Fact]
    public void Prepare_FindsDamage_WhereverAByteIsChanged()
    {
        var dump = Dumps.MultiStream(Pages, 20);
        var random = new Random(6);

        for (var round = 0; round < 25; round++)
        {
            var damaged = (byte[])dump.Clone();
            damaged[random.Next(dump.Length)] ^= (byte)random.Next(1, 256);
            // A changed level of compression above the one used is the only change that means nothing.
            try
            {
                Assert.Equal(60, Prepare(Options(damaged), $"r{round}").Train.DocumentCount);
            }
            catch (DataFormatException e)
            {
                Assert.Matches(@"byte \d+", e.Message);
            }
        }
    }

    [Theory]
    [InlineData("", "byte 0")]
    [InlineData("this is no bzip2 file at all", "no bzip2 stream begins at byte 0")]
    [InlineData("BZh9", "byte 0")]
    public void Prepare_RefusesForeignFiles(string content, string problem) =>
        Assert.Contains(problem, Assert.Throws<DataFormatException>(() => Prepare(Options(Encoding.UTF8.GetBytes(content)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Prepare_RefusesBytesAfterTheDump() => Assert.Contains(
        "no bzip2 stream", Assert.Throws<DataFormatException>(() => Prepare(Options([.. Dumps.MultiStream(Pages, 20), .. "garbage"u8]))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("<page><title>x</title><ns>0</ns><revision><text>a & b</text></revision></page>")]
    [InlineData("<page><title>x</title><ns>zero</ns></page>")]
    [InlineData("<page><title>x</ns></page>")]
    [InlineData("<page><title>x<b/></title></page>")]
    [InlineData("<page><text>\u0001</text></page>")]
    [InlineData("</page>")]
    [InlineData("<page><!-- </page> --></page>")]
    [InlineData("<page><text>&bomb;</text></page>")]
    public void Prepare_NamesThePage_ThatIsNoXml(string page)
    {
        var problem = Assert.Throws<DataFormatException>(() => Prepare(Options(Dumps.MultiStream([.. Pages[..3], page, .. Pages[3..6]], 2))));

        Assert.Matches(@"the page at byte \d+ of the text that begins at byte \d+ of the file is no valid XML", problem.Message);
        Assert.DoesNotContain('\n', problem.Message);
    }

    [Fact]
    public void Prepare_RefusesDocumentTypes()
    {
        const string Bomb = "<!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY bomb \"&a;&a;&a;&a;\">]>";

        // Outside a page it is never read, inside one it is an error.
        Assert.Equal(6, Prepare(Options(Dumps.Compress(Bomb + Dumps.Head + string.Concat(Pages[..6]) + Dumps.End))).Train.DocumentCount);
        Assert.Throws<DataFormatException>(() => Prepare(Options(Dumps.Compress(Dumps.Head + "<page>" + Bomb + "<text>&bomb;</text></page>" + Dumps.End))));
    }

    [Fact]
    public void Prepare_KeepsListItems_WhereAsked()
    {
        var list = string.Concat(Enumerable.Range(0, 150).Select(i => $"* item {i}\n"));
        var options = Options(Dumps.MultiStream([Dumps.Page(1, list)], 1));

        Assert.Throws<DataFormatException>(() => Prepare(options));
        Assert.Equal(1, Prepare(options with { Sources = [CorpusSource.Wikipedia(folder["dump.xml.bz2"]) with { KeepLists = true }] }).Train.DocumentCount);
    }

    private sealed class Stopper(CancellationTokenSource source, int parts) : IProgress<CorpusProgress>
    {
        public void Report(CorpusProgress value)
        {
            if (value.Parts >= parts) source.Cancel();
        }
    }
}
