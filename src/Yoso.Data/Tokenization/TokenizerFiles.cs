// SPDX-License-Identifier: MIT
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Data.Tokenization;

/// <summary>Opens a tokenizer from its published files, plain or with .gz.</summary>
public static class TokenizerFiles
{
    /// <param name="path">
    /// BertUncased: vocab.txt or its folder. Gpt2, Roberta: a folder with encoder.json and vocab.bpe, or with vocab.json and merges.txt.
    /// SentencePiece: the .model file.
    /// </param>
    /// <exception cref="DataFormatException">A file is missing, damaged or of another kind.</exception>
    public static ITokenizer Open(TokenizerKind kind, string path) => kind switch
    {
        TokenizerKind.BertUncased => WordPieceTokenizer.Load(Directory.Exists(path) ? Path.Combine(path, "vocab.txt") : path),
        TokenizerKind.Gpt2 => ByteLevelBpeTokenizer.LoadGpt2(path),
        TokenizerKind.Roberta => ByteLevelBpeTokenizer.LoadRoberta(path),
        TokenizerKind.SentencePiece => SentencePieceTokenizer.Load(path),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "unknown tokenizer"),
    };

    /// <summary>The file, or the same with .gz; null if there is neither.</summary>
    internal static string? Find(string path) => File.Exists(path) ? path : File.Exists(path + ".gz") ? path + ".gz" : null;

    /// <exception cref="DataFormatException">Missing, or damaged gzip.</exception>
    internal static byte[] Read(string path)
    {
        var found = Find(path) ?? throw new DataFormatException($"{path} does not exist (nor {Path.GetFileName(path)}.gz); name the folder or file of the vocabulary");
        try
        {
            if (!found.EndsWith(".gz", StringComparison.Ordinal)) return File.ReadAllBytes(found);
            using var gzip = new GZipStream(File.OpenRead(found), CompressionMode.Decompress);
            using var memory = new MemoryStream();
            gzip.CopyTo(memory);
            return memory.ToArray();
        }
        catch (InvalidDataException e)
        {
            throw new DataFormatException($"{found} is damaged or cut off; get the vocabulary again", e);
        }
    }

    internal static string Digest(TokenizerKind kind, int rules, params ReadOnlySpan<byte[]> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"{kind} {rules}\n"));
        foreach (var file in files) hash.AppendData(SHA256.HashData(file));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
