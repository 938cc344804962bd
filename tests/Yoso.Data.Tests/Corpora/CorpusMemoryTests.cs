// SPDX-License-Identifier: MIT
using Yoso.Data.Corpora;
using Yoso.Data.Tests.Tokenization;

namespace Yoso.Data.Tests.Corpora;

/// <summary>What the last chunks of a dump find in memory is what the first ones found.</summary>
[Collection("memory")]
public sealed class CorpusMemoryTests : IDisposable
{
    private const int Rounds = 40;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Prepare_HoldsNoMore_TheMoreOfADumpItHasRead()
    {
        // The same streams again and again: writing them costs little, and no word is new to the cache of words after the first.
        var streams = Enumerable.Range(0, 2).SelectMany(s => Dumps.Compress(string.Concat(Enumerable.Range(0, 100).Select(p => Dumps.Article((100 * s) + p, 1000))))).ToArray();
        byte[] dump = [.. Dumps.Compress(Dumps.Head), .. Enumerable.Repeat(streams, Rounds).SelectMany(s => s), .. Dumps.Compress(Dumps.End)];
        File.WriteAllBytes(folder["x.xml.bz2"], dump);
        var watch = new MemoryWatch();
        var options = new CorpusOptions { Sources = [CorpusSource.Wikipedia(folder["x.xml.bz2"])], Tokenizer = SampleVocabularies.Roberta, Form = CorpusForm.Documents, BlockTokens = 126, WordsPerPart = 200_000, Threads = 2 };

        var corpus = Corpus.Prepare(options, folder["data"], watch, TestContext.Current.CancellationToken);

        // Had the ids alone been kept, 2 bytes each, about 9 MB would have come between the two stretches.
        Assert.InRange(corpus.TokenCount, 8_000_000, 100_000_000);
        var (quarter, end) = (watch.Held(0.2, 0.4), watch.Held(0.8, 1));
        Assert.True(end < quarter + (6 << 20), $"{quarter >> 20} MB were held after a quarter of the dump, {end >> 20} MB towards its end");
    }

    /// <summary>Live memory at twenty places of the file, garbage and pooled buffers apart from what is in flight.</summary>
    private sealed class MemoryWatch : IProgress<CorpusProgress>
    {
        private readonly List<(double Share, long Bytes)> held = [];
        private double next;

        public void Report(CorpusProgress value)
        {
            var share = (double)value.BytesRead / value.BytesTotal;
            if (share < next) return;
            next = share + 0.05;
            held.Add((share, GC.GetTotalMemory(forceFullCollection: true)));
        }

        /// <summary>The least of a stretch: what is in flight comes and goes.</summary>
        public long Held(double from, double to) => held.Where(h => h.Share >= from && h.Share <= to).Min(h => h.Bytes);
    }
}

/// <summary>Runs alone: the memory of other tests is not to be counted.</summary>
[CollectionDefinition("memory", DisableParallelization = true)]
public sealed class MemoryTestCollection;
