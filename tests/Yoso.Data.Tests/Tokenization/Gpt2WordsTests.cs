// SPDX-License-Identifier: MIT
using System.Text.RegularExpressions;
using CsCheck;
using Yoso.Data.Tokenization;

namespace Yoso.Data.Tests.Tokenization;

public sealed class Gpt2WordsTests
{
    private static readonly Regex Published = new(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant);

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length; at += words[^1].Length) words.Add(text.Substring(at, Gpt2Words.Length(text.AsSpan(at))));
        return words;
    }

    [Fact]
    public void Length_CutsAsThePublishedPattern_InTheBasicPlane() =>
        Gen.String[Gen.OneOf(TokenizerPropertyTests.AnyOf("   \t\n'sreltdvm.,!A1é\u00a0\u2003\u0301²中".ToCharArray()), Gen.Char.Where(c => !char.IsSurrogate(c))), 0, 25]
            .Sample(text => Words(text).SequenceEqual(Published.Matches(text).Select(m => m.Value)), iter: 20_000);

    [Theory]
    [InlineData("a  b", new[] { "a", " ", " b" })]
    [InlineData("a \n b", new[] { "a", " \n", " b" })]
    [InlineData("a\n\nb", new[] { "a", "\n", "\n", "b" })]
    [InlineData("it's 'sir'", new[] { "it", "'s", " '", "sir", "'" })]
    [InlineData("!'s", new[] { "!'", "s" })]
    [InlineData("'", new[] { "'" })]
    [InlineData("'r", new[] { "'", "r" })]
    [InlineData("end  ", new[] { "end", "  " })]
    // A letter outside the basic plane is a letter, which .NET's regular expressions do not see.
    [InlineData(" \ud835\udcd0b", new[] { " \ud835\udcd0b" })]
    [InlineData("1\ud835\udfd8", new[] { "1\ud835\udfd8" })]
    public void Length_CutsAsExpected(string text, string[] words) => Assert.Equal(words, Words(text));
}
