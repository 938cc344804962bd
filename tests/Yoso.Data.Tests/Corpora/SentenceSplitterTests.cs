// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Data.Corpora;
using Yoso.Data.Tests.Tokenization;

namespace Yoso.Data.Tests.Corpora;

public sealed class SentenceSplitterTests
{
    [Theory]
    [InlineData("One. Two! Three? Four", new[] { "One.", "Two!", "Three?", "Four" })]
    [InlineData("Mr. Smith met Dr. J. R. Jones of St. Louis, etc. They left.", new[] { "Mr. Smith met Dr. J. R. Jones of St. Louis, etc. They left." })]
    [InlineData("He said \"Stop.\" She did (at once!) Then 3.14 came.", new[] { "He said \"Stop.\"", "She did (at once!)", "Then 3.14 came." })]
    [InlineData("Wait... what? \"Yes.\" No.", new[] { "Wait... what?", "\"Yes.\"", "No." })]
    [InlineData("The U.S. Senate met at 5 p.m. Monday.", new[] { "The U.S. Senate met at 5 p.m. Monday." })]
    [InlineData("e.g. this", new[] { "e.g. this" })]
    [InlineData("In 1900. 1901 came.", new[] { "In 1900.", "1901 came." })]
    [InlineData("", new string[0])]
    [InlineData("...", new[] { "..." })]
    public void Split_EndsSentences(string paragraph, string[] sentences) => Assert.Equal(sentences, SentenceSplitter.Split(paragraph));

    [Fact]
    public void Split_LosesNothingButWhiteSpace() => Gen.String[TokenizerPropertyTests.AnyOf(". ! ? A a 1 \" ) ( Mr é".ToCharArray()), 0, 60]
        .Sample(text => string.Concat(SentenceSplitter.Split(text).SelectMany(s => s).Where(c => c != ' ')) == string.Concat(text.Where(c => c != ' ')));

    [Fact]
    public void Split_IsNotQuadratic()
    {
        Assert.Equal(400_000, SentenceSplitter.Split(string.Concat(Enumerable.Repeat("A? ", 400_000))).Count());
        Assert.Single(SentenceSplitter.Split(new string('.', 400_000)));
        Assert.Single(SentenceSplitter.Split(new string('a', 400_000) + ". A"[..1]));
    }
}
