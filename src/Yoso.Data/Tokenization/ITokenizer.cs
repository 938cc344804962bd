// SPDX-License-Identifier: MIT
namespace Yoso.Data.Tokenization;

/// <summary>Text to token ids and back. Immutable and thread-safe.</summary>
public interface ITokenizer
{
    /// <summary>Which kind of vocabulary and ids this is.</summary>
    TokenizerKind Kind { get; }

    /// <summary>Ids are 0 .. VocabularySize - 1, special ids included.</summary>
    int VocabularySize { get; }

    SpecialTokens Special { get; }

    /// <summary>SHA-256 in lower-case hex of the kind, the rules' version and the vocabulary.</summary>
    string Digest { get; }

    /// <summary>Appends the ids of <paramref name="text"/>, without special tokens around them.</summary>
    /// <remarks>Lone surrogates count as U+FFFD. Text that spells a special token ("[MASK]", "&lt;s&gt;") is text: it never gives a special id.</remarks>
    void Encode(ReadOnlySpan<char> text, List<int> ids);

    /// <summary>The text of the ids; special tokens are left out. What normalisation took away does not come back.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An id is not in the vocabulary.</exception>
    string Decode(ReadOnlySpan<int> ids);
}

public static class TokenizerExtensions
{
    /// <summary>The ids of <paramref name="text"/>, without special tokens around them.</summary>
    public static int[] Encode(this ITokenizer tokenizer, ReadOnlySpan<char> text)
    {
        var ids = new List<int>((text.Length / 4) + 4);
        tokenizer.Encode(text, ids);
        return [.. ids];
    }
}
