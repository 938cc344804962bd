// SPDX-License-Identifier: MIT
using System.Text;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Corpora;

/// <summary>The text of sources, for learning a vocabulary from it before there is a tokenizer.</summary>
public static class CorpusText
{
    /// <summary>The sentences or lines of every <paramref name="stride"/>-th document, in order, the same for any number of threads. Files of a dev split are left out.</summary>
    /// <param name="sentences">Cut paragraphs into sentences, as sentencepiece's trainer likes them; otherwise whole lines.</param>
    /// <exception cref="DataFormatException">A source is missing or damaged.</exception>
    public static IEnumerable<string> Read(IEnumerable<CorpusSource> sources, int stride = 1, bool sentences = false, int? threads = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stride, 1);
        var workers = threads ?? Environment.ProcessorCount;
        var number = 0L;
        foreach (var source in sources)
        {
            foreach (var file in TrainFiles(source))
            {
                foreach (var documents in OrderedParallel.Select(file.Chunks(0, workers, cancellation), chunk => Documents(file, chunk), workers, cancellation))
                {
                    foreach (var line in documents.Where(_ => number++ % stride == 0).SelectMany(document => document.Lines))
                    {
                        if (!sentences) yield return line;
                        else foreach (var sentence in SentenceSplitter.Split(line)) yield return sentence;
                    }
                }
            }
        }
    }

    /// <summary>Learns a byte-level BPE vocabulary; see <see cref="BpeTrainer"/>.</summary>
    /// <returns>The size reached.</returns>
    public static int TrainBpe(IEnumerable<string> lines, int vocabularySize, string folder)
    {
        var trainer = new BpeTrainer();
        foreach (var line in lines) trainer.Add(line);
        return trainer.Train(vocabularySize, folder);
    }

    /// <summary>Learns a sentencepiece unigram model; see <see cref="UnigramTrainer"/>.</summary>
    /// <inheritdoc cref="UnigramTrainer.Train" path="/exception"/>
    public static void TrainUnigram(IEnumerable<string> sentences, int vocabularySize, string modelFile, string program = "spm_train")
    {
        var text = $"{modelFile}.{Environment.ProcessId}.txt.partial";
        try
        {
            File.WriteAllLines(text, sentences, new UTF8Encoding(false));
            UnigramTrainer.Train(text, vocabularySize, modelFile, program);
        }
        finally
        {
            File.Delete(text);
        }
    }

    private static IReadOnlyList<TextDocument> Documents(ISourceFile file, SourceChunk chunk)
    {
        var documents = file.Documents(chunk);
        chunk.Release();
        return documents;
    }

    private static IEnumerable<ISourceFile> TrainFiles(CorpusSource source) => source switch
    {
        TextFiles text => text.Files().Take(text.TrainFileCount()).Select(path => new TextSourceFile(path, text)),
        WikipediaDump dump => dump.Files().Select(path => new DumpSourceFile(path, dump)),
        _ => throw new ArgumentException($"unknown source {source.GetType().Name}"),
    };
}
