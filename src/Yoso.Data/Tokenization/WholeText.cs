// SPDX-License-Identifier: MIT
using Microsoft.ML.Tokenizers;

namespace Yoso.Data.Tokenization;

/// <summary>Leaves the text in one piece: the library cuts at white space where it is given no pre-tokenizer, and loses the white space.</summary>
internal sealed class WholeText : PreTokenizer
{
    internal static WholeText Instance { get; } = new();

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) => [(0, text.Length)];

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => [(0, text.Length)];
}
