// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Data.Corpora;
using Yoso.Data.Tokenization;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>The options that name texts and a tokenizer, the same in every command that has them.</summary>
internal sealed class CorpusOptionSet
{
    private static readonly Dictionary<string, (TokenizerKind Kind, string Sample)> Kinds = new()
    {
        ["roberta"] = (TokenizerKind.Roberta, "gpt2"),
        ["gpt2"] = (TokenizerKind.Gpt2, "gpt2"),
        ["bert-uncased"] = (TokenizerKind.BertUncased, "bert-base-uncased"),
        ["sentencepiece"] = (TokenizerKind.SentencePiece, "spm8k.model"),
    };

    private readonly Option<string[]> wikipedia = new("--wikipedia") { Description = "dumps (pages-articles.xml.bz2)", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string?> bookCorpus = new("--bookcorpus") { Description = "folder with books_large_p1.txt and books_large_p2.txt" };
    private readonly Option<string[]> text = new("--text") { Description = "text files, or folders of .txt and .txt.gz: a paragraph a line, a blank line between documents", AllowMultipleArgumentsPerToken = true };
    private readonly Option<string> tokenizer = new("--tokenizer") { Description = "roberta, gpt2, bert-uncased or sentencepiece", DefaultValueFactory = _ => "roberta" };
    private readonly Option<string?> vocabulary = new("--vocabulary") { Description = "its folder or .model file; default: the sample pack's" };

    public IEnumerable<Option> Texts => [wikipedia, bookCorpus, text];

    public IEnumerable<Option> Vocabulary => [tokenizer, vocabulary];

    /// <summary>What was named, in the order books, Wikipedia, others; the sample corpus if nothing was.</summary>
    public List<CorpusSource> Sources(ParseResult parsed)
    {
        List<CorpusSource> sources = [];
        if (parsed.GetValue(bookCorpus) is { } books) sources.Add(CorpusSource.BookCorpus(books));
        sources.AddRange((parsed.GetValue(wikipedia) ?? []).Select(CorpusSource.Wikipedia));
        sources.AddRange((parsed.GetValue(text) ?? []).Select(path => CorpusSource.TextFolder(path)));
        return sources.Count > 0 ? sources : [CorpusSource.Samples(SampleFolder.Locate())];
    }

    public ITokenizer Tokenizer(ParseResult parsed)
    {
        var name = parsed.GetValue(tokenizer)!;
        if (Spelling.Problem("tokenizer", name, Kinds.Keys) is { } problem) throw new UsageException(problem);
        var (kind, sample) = Kinds[name];
        return TokenizerFiles.Open(kind, parsed.GetValue(vocabulary) ?? Path.Combine(SampleFolder.Locate(), "vocab", sample));
    }
}
