// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;
using Yoso.Data;
using Yoso.Data.Corpora;
using Yoso.Data.Tokenization;
using Yoso.Experiments.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Pretraining;

/// <summary>The text that a model is pre-trained on, its vocabulary and the form in which examples want it.</summary>
internal sealed record CorpusChoice
{
    /// <summary>Files of the data mirror at paper scale, as their publishers name them.</summary>
    private const string Vocabulary30K = "30k-corpus-uncased.model", Dump = "enwiki-*pages-articles*.xml*", Books = "books_large_p1.txt", RobertaBase = "roberta-base";

    public required CorpusForm Form { get; init; }

    /// <summary>Ids of a block without the markers around it; 0 for documents.</summary>
    public int BlockTokens { get; init; }

    /// <summary>The sample pack's corpus and vocabulary; false for English Wikipedia and BookCorpus.</summary>
    public bool Samples { get; init; }

    /// <summary>Documents of sentences, sentencepiece: BERT.</summary>
    public static CorpusChoice Documents { get; } = new() { Form = CorpusForm.Documents };

    /// <summary>Blocks of byte-level BPE: RoBERTa.</summary>
    public static CorpusChoice Blocks(int tokens) => new() { Form = CorpusForm.Blocks, BlockTokens = tokens };

    public CorpusChoice OfSamples(int blockTokens) => this with { Samples = true, BlockTokens = Form == CorpusForm.Blocks ? blockTokens : 0 };

    [JsonIgnore]
    private TokenizerKind Kind => Form == CorpusForm.Documents ? TokenizerKind.SentencePiece : TokenizerKind.Roberta;

    /// <summary>What the vocabulary is called in a protocol.</summary>
    public string VocabularyName(DataPlace place) => (Form, Samples) switch
    {
        (CorpusForm.Documents, true) => "spm8k of the sample pack",
        (CorpusForm.Documents, false) => "30k-corpus-uncased, trained anew: upstream never released its own",
        _ when RobertaFolder(place) is not null => "roberta-base's own, with its numbering",
        _ => "GPT-2's byte-level BPE with RoBERTa's special ids around it (roberta-base numbers its tokens otherwise)",
    };

    /// <summary>What only a person can put there, null when it is there.</summary>
    public DataToFetch? ToFetch(DataPlace place) => Samples || place.MirrorFolder is not null
        ? null
        : new DataToFetch("Wikipedia's dump, BookCorpus and a vocabulary, in a folder named by --data-mirror (docs/pretraining.md)", "CC-BY-SA-4.0 (Wikipedia); BookCorpus is not redistributed", ByHand: true);

    /// <summary>Digest of the prepared corpus, null while it is not there.</summary>
    public string? Find(DataPlace place)
    {
        try
        {
            return Samples || place.MirrorFolder is not null ? Corpus.Find(Options(place), place.Root)?.Digest : null;
        }
        catch (DataFormatException)
        {
            return null; // a mirror for other suites; preparing says what it lacks
        }
    }

    /// <exception cref="DataFormatException">A file is missing; the message says which and where it belongs.</exception>
    public CorpusRunData Prepare(DataPlace place, IProgress<double>? progress, CancellationToken cancellation)
    {
        var options = Options(place);
        var watched = progress is null ? null : new Progress<CorpusProgress>(p => progress.Report(p.BytesTotal == 0 ? 0 : (double)p.BytesRead / p.BytesTotal));
        return new CorpusRunData(Corpus.Prepare(options, place.Root, watched, cancellation), new Vocabulary(options.Tokenizer.VocabularySize, options.Tokenizer.Special), VocabularyName(place));
    }

    /// <summary>The tokenizer that the corpus is read with, for fine-tuning.</summary>
    public ITokenizer Tokenizer(DataPlace place)
    {
        var vocabularies = Path.Combine(SampleFolder.Locate(), "vocab");
        return (Form, Samples) switch
        {
            (CorpusForm.Documents, true) => TokenizerFiles.Open(Kind, Path.Combine(vocabularies, "spm8k.model")),
            (CorpusForm.Documents, false) => TokenizerFiles.Open(Kind, Path.Combine(Mirror(place), Vocabulary30K)),
            // Else the published merges with RoBERTa's special ids around them: the same segmentation, another numbering.
            _ => TokenizerFiles.Open(Kind, RobertaFolder(place) ?? Path.Combine(vocabularies, "gpt2")),
        };
    }

    /// <summary>Digest of the vocabulary's files, for what is made with it; null while they are not there or are damaged.</summary>
    public string? VocabularyDigest(DataPlace place)
    {
        try
        {
            return Tokenizer(place).Digest;
        }
        catch (DataFormatException)
        {
            return null;
        }
    }

    /// <summary>roberta-base's vocab.json and merges.txt in the data mirror, which published weights need; null where they are not there, and for samples.</summary>
    private string? RobertaFolder(DataPlace place) =>
        !Samples && place.MirrorFolder is { } mirror && Path.Combine(mirror, RobertaBase) is var folder && (File.Exists(Path.Combine(folder, "vocab.json")) || File.Exists(Path.Combine(folder, "vocab.json.gz")))
            ? folder
            : null;

    private CorpusOptions Options(DataPlace place)
    {
        var options = new CorpusOptions { Sources = [.. Sources(place)], Tokenizer = Tokenizer(place), Form = Form };
        return Form == CorpusForm.Blocks
            ? options with { BlockTokens = BlockTokens, BlocksPerUnit = BlockTokens > 1000 ? 1024 : options.BlocksPerUnit }
            : options;
    }

    private IEnumerable<CorpusSource> Sources(DataPlace place)
    {
        if (Samples)
        {
            return [CorpusSource.Samples(SampleFolder.Locate())];
        }

        var mirror = Mirror(place);
        var dump = Directory.EnumerateFiles(mirror, Dump).Order(StringComparer.Ordinal).FirstOrDefault()
            ?? throw new DataFormatException($"{mirror} has no {Dump}: download a dump of the English Wikipedia there (docs/pretraining.md)");
        return File.Exists(Path.Combine(mirror, Books))
            ? [CorpusSource.BookCorpus(mirror), CorpusSource.Wikipedia(dump)]
            : throw new DataFormatException($"{Path.Combine(mirror, Books)} does not exist: BookCorpus is not redistributed, put your copy there (docs/pretraining.md)");
    }

    private static string Mirror(DataPlace place) => place.MirrorFolder
        ?? throw new DataFormatException("pre-training at paper scale needs --data-mirror DIR with Wikipedia's dump, BookCorpus and the vocabulary (docs/pretraining.md)");
}

/// <summary>An opened corpus.</summary>
internal sealed class CorpusRunData(TokenCorpus corpus, Vocabulary vocabulary, string vocabularyName) : IRunData
{
    public Vocabulary Vocabulary => vocabulary;

    public string VocabularyName => vocabularyName;

    public ITokenSource Train { get; } = new SplitTokens(corpus.Train);

    public ITokenSource Dev { get; } = new SplitTokens(corpus.Dev);

    public DataManifest Manifest => corpus.Manifest;

    public DataDescription Description => corpus.Manifest.Describe() with { TestCount = 0 };

    public bool IsWhole()
    {
        try
        {
            corpus.Verify();
            return true;
        }
        catch (DataFormatException)
        {
            return false;
        }
    }
}
