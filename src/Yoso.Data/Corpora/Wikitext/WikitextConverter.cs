// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora.Wikitext;

/// <summary>Wikitext to plain prose: a paragraph a line, headings as sentences, no blank lines.</summary>
/// <remarks>
/// What WikiExtractor keeps and drops, by our own reading of the syntax: templates go except those whose argument is text
/// (<see cref="TextTemplates"/>), tables, files, categories, references and galleries go, links become their labels, formulas the word
/// formula_1. The work is linear in the text, whatever is left open or nested.
/// </remarks>
internal sealed class WikitextConverter(bool keepLists)
{
    internal IReadOnlyList<string> Convert(string wikitext) => new ProseLines(keepLists).Of(new WikitextScanner(wikitext).Run());
}
