// SPDX-License-Identifier: MIT
using Yoso.Data.Tokenization;

namespace Yoso.Data.Corpora;

/// <summary>What a corpus is made of and how; the defaults are upstream's rules.</summary>
public sealed record CorpusOptions
{
    public required IReadOnlyList<CorpusSource> Sources { get; init; }

    /// <summary>Its digest is part of the corpus's key.</summary>
    public required ITokenizer Tokenizer { get; init; }

    public CorpusForm Form { get; init; } = CorpusForm.Blocks;

    /// <summary>Tokens of a block without the special tokens around it: 510, or 4094 for length 4096.</summary>
    public int BlockTokens { get; init; } = 510;

    /// <summary>A part ends with the document that brings it to so many words.</summary>
    public long WordsPerPart { get; init; } = 20_000_000;

    /// <summary>Train and dev are drawn in units of so many neighbouring blocks (upstream's files: 8192, 1024 at length 4096); fewer where that would leave under 20 units.</summary>
    public int BlocksPerUnit { get; init; } = 8192;

    /// <summary>The same for documents.</summary>
    public int DocumentsPerUnit { get; init; } = 1000;

    /// <summary>Share of the units that make the dev split (upstream's scripts 0.1; the Nystromformer paper says 0.2).</summary>
    public double DevShare { get; init; } = 0.1;

    public int SplitSeed { get; init; } = 1;

    /// <summary>Worker threads; changes nothing but the time.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>What decides the result, for key and manifest: no paths and no number of threads.</summary>
    internal object Rules() => new
    {
        Form,
        BlockTokens,
        WordsPerPart,
        unit = Form == CorpusForm.Blocks ? BlocksPerUnit : DocumentsPerUnit,
        DevShare,
        SplitSeed,
        tokenizer = Tokenizer.Kind,
        tokenizerDigest = Tokenizer.Digest,
        sources = Sources.Select(source => source.Rules()).ToArray(),
    };

    /// <exception cref="ArgumentException">A value is outside its range.</exception>
    internal void Check()
    {
        if (Problems().FirstOrDefault() is { } problem) throw new ArgumentException(problem);
    }

    /// <summary>What is wrong with the values, a sentence each.</summary>
    public IEnumerable<string> Problems()
    {
        if (Sources.Count == 0) yield return "a corpus needs a source";
        if (Tokenizer.VocabularySize > ushort.MaxValue + 1) yield return $"the vocabulary has {Tokenizer.VocabularySize} tokens, 65536 are the most that a shard holds";
        if (BlockTokens is < 1 or > 1 << 20) yield return $"block length {BlockTokens}: need 1 to {1 << 20}";
        if (WordsPerPart < 1) yield return $"{WordsPerPart} words a part: need 1 or more";
        if (BlocksPerUnit < 1 || DocumentsPerUnit < 1) yield return "units must have a block and a document at least";
        if (DevShare is < 0 or >= 1 or double.NaN) yield return $"dev share {DevShare}: need 0 to below 1";
        if (Threads is < 1 or > 1024) yield return $"{Threads} threads: need 1 to 1024";
    }
}
