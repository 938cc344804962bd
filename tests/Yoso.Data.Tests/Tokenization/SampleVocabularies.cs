// SPDX-License-Identifier: MIT
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Text;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

/// <summary>The vocabularies of the sample pack, each loaded once.</summary>
internal static class SampleVocabularies
{
    private static readonly Lazy<ITokenizer> LazyBert = new(() => TokenizerFiles.Open(TokenizerKind.BertUncased, PathOf("vocab/bert-base-uncased")));
    private static readonly Lazy<ITokenizer> LazyGpt2 = new(() => TokenizerFiles.Open(TokenizerKind.Gpt2, PathOf("vocab/gpt2")));
    private static readonly Lazy<ITokenizer> LazyRoberta = new(() => TokenizerFiles.Open(TokenizerKind.Roberta, PathOf("vocab/gpt2")));
    private static readonly Lazy<ITokenizer> LazySentencePiece = new(() => TokenizerFiles.Open(TokenizerKind.SentencePiece, PathOf("vocab/spm8k.model")));

    internal static ITokenizer Bert => LazyBert.Value;

    internal static ITokenizer Gpt2 => LazyGpt2.Value;

    internal static ITokenizer Roberta => LazyRoberta.Value;

    internal static ITokenizer SentencePiece => LazySentencePiece.Value;

    internal static ITokenizer Named(string name) => name switch
    {
        "bert" => Bert,
        "gpt2" => Gpt2,
        "roberta" => Roberta,
        "sentencepiece" => SentencePiece,
        _ => throw new ArgumentException(name),
    };

    internal static string PathOf(string name, [CallerFilePath] string here = "") =>
        Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "samples", name);

    internal static string Text(string name)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(PathOf(name)), CompressionMode.Decompress), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>Rows of golden.tsv: tokenizer, text, ids.</summary>
    internal static IEnumerable<(string Tokenizer, string Text, int[] Ids)> Golden() => File.ReadLines(PathOf("vocab/golden.tsv")).Skip(1)
        .Select(line => line.Split('\t'))
        .Select(row => (row[0], Unescape(row[1]), row[2].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse).ToArray()));

    private static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            plain.Append(text[i] != '\\' ? text[i] : text[++i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', var other => other });
        }
        return plain.ToString();
    }
}
