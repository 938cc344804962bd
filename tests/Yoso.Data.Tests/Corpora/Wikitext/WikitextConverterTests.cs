// SPDX-License-Identifier: MIT
using CsCheck;
using Yoso.Data.Corpora.Wikitext;
using Yoso.Data.Tests.Tokenization;

namespace Yoso.Data.Tests.Corpora.Wikitext;

public sealed class WikitextConverterTests
{
    private static string Text(string wikitext, bool keepLists = false) => string.Join('\n', new WikitextConverter(keepLists).Convert(wikitext));

    [Theory]
    // Links
    [InlineData("A [[cat]] sat.", "A cat sat.")]
    [InlineData("Two [[cat|dogs]] and [[bus]]es.", "Two dogs and buses.")]
    [InlineData("[[Mercury (planet)|]] and [[#Part]] and [[:Category:Cats]].", "Mercury and Part and Category:Cats.")]
    [InlineData("Text.[[Category:Cats]][[Category:Dogs|*]]", "Text.")]
    [InlineData("Text.\n[[fr:Chat]]\n[[zh-min-nan:Niau]]", "Text.")]
    [InlineData("See [[fr:Chat|the French page]].", "See the French page.")]
    [InlineData("Go [http://a.org/x?y=[z] here] or [https://b.org] or http://c.org now.", "Go here] or or http://c.org now.")]
    [InlineData("A [http://a.org ''italic'' [[label]]].", "A italic label.")]
    [InlineData("Not a [link] and not [[closed.", "Not a [link] and not closed.")]
    [InlineData("A [[two\nlines]] link.", "A two\nlines link.")]
    // Files
    [InlineData("[[File:A.jpg|thumb|left|A [[cat]] with [http://a.org a link] and {{nowrap|text}}]]Cats sleep.", "Cats sleep.")]
    [InlineData("[[Image:A.jpg]] and [[Datei:B.jpg|mini|Text\nin lines]] here.", "and here.")]
    // Templates
    [InlineData("{{Infobox animal\n| name = Cat\n| image = [[File:A.jpg]]\n| note = {{small|x}}\n}}\n'''Cats''' sleep.", "Cats sleep.")]
    [InlineData("It is {{convert|5|km|mi|abbr=on}} long, {{convert|3|to|4|ft|m}} high.", "It is 5 km long, 3 to 4 ft high.")]
    [InlineData("The {{lang|fr|chat}} ({{lang-de|Katze}}, {{IPA|kat}}) sleeps.", "The chat (Katze) sleeps.")]
    [InlineData("Born {{circa|1900}} in {{nowrap|New York}}{{sfn|Smith|2000|p=3}}.", "Born c. 1900 in New York.")]
    [InlineData("A{{snd}}B {{frac|1|2}} {{as of|2010}} {{unknown|a|b}}end.", "A – B 1/2 As of 2010 end.")]
    [InlineData("Para {{{1|default}}} {{x|{{{y|{{z}}}}}}} end.", "Para end.")]
    [InlineData("Broken {{template and text.", "Broken template and text.")]
    [InlineData("Stray }} braces } and { more.", "Stray braces } and { more.")]
    [InlineData("{{a|[[b}} c]] d", "c d")]
    [InlineData("<nowiki>*</nowiki> star, <nowiki>|</nowiki>", "* star, |")]
    // Tables
    [InlineData("Before.\n{| class=\"wikitable\"\n|-\n! head\n|-\n| a || b [[c|d]] {{e|f}}\n|}\nAfter.", "Before.\nAfter.")]
    [InlineData("{|\n| outer\n{|\n| inner\n|}\n| more\n|}\nAfter.", "After.")]
    [InlineData("Before.\n{|\n| never closed\n|-\nA last line.", "Before.\nA last line.")]
    [InlineData("<table><tr><td>x<table><tr><td>y</td></tr></table></td></tr></table>After.", "After.")]
    [InlineData("{{navbox\n|list={|\n|a\n|}\n|}}After.", "After.")]
    // Elements
    [InlineData("Fact.<ref>A [[book]], p. 3</ref> More.<ref name=\"x\" /> End<ref name=y group=\"n\">{{cite|title=T}}</ref>.", "Fact. More. End.")]
    [InlineData("Open <ref>never closed.", "Open never closed.")]
    [InlineData("a <!-- hidden [[link]] {{ --> b", "a b")]
    [InlineData("a <!-- never closed", "a <!-- never closed")]
    [InlineData("Write <nowiki>[[link]] ''x'' {{t}} &amp; &lt;b&gt;</nowiki> so.", "Write [[link]] ''x'' {{t}} & <b> so.")]
    [InlineData("Energy <math>E = mc^2 {{</math> and <math>p</math>.", "Energy formula_1 and formula_2.")]
    [InlineData("H<sub>2</sub>O and x<sup>2</sup>, <span style=\"a>b\">s</span>.", "H2O and x2, b\">s.")]
    [InlineData("<gallery>\nFile:A.jpg|cap\n</gallery>\nText.<br />More<br>lines.", "Text. More lines.")]
    [InlineData("<syntaxhighlight lang=\"c\">\nint x;\n</syntaxhighlight>\nCode above.", "Code above.")]
    [InlineData("a < b and b > c, <unknown>x</unknown>, <3.", "a < b and b > c, <unknown>x</unknown>, <3.")]
    [InlineData("<div class=\"x\">Block</div><p>Par</p>", "Block\nPar")]
    [InlineData("<REF>x</Ref>Upper.", "Upper.")]
    // Characters
    [InlineData("''i'' '''b''' '''''bi''''' d'''''' o''clock ''''x''''", "i b bi d' oclock 'x'")]
    [InlineData("AT&amp;T &lt;b&gt; &#8211; &nbsp;x &unknown; &", "AT&T <b> – x &unknown; &")]
    [InlineData("__NOTOC__Text __not a switch__.", "Text __not a switch__.")]
    // Lists, headings and lines
    [InlineData("Intro.\n* one\n** two\n# three\n: indented\n; term\nEnd.", "Intro.\nEnd.")]
    [InlineData("== History ==\nOld.\n=== Empty ===\n== Also empty ==\n* [[x]]\n== Why? ==\nBecause.", "History.\nOld.\nWhy?\nBecause.")]
    [InlineData("== Top ==\n=== Sub ===\nText.", "Top.\nSub.\nText.")]
    [InlineData("= x\n==\n===\nText ==", "= x\nText ==")]
    [InlineData("A ( ) and (, ) and (; born 1900, ) and ( x ) here .", "A and and (born 1900) and (x) here.")]
    [InlineData("  many   spaces\t\tand\u00a0more  \n\n\n----\n...\nlast", "many spaces and more\nlast")]
    [InlineData("", "")]
    public void Convert_KeepsTheProse(string wikitext, string expected) => Assert.Equal(expected, Text(wikitext));

    [Fact]
    public void Convert_KeepsListItems_WhereAsked() =>
        Assert.Equal("Intro.\none [x]\ntwo\nterm : meaning", Text("Intro.\n* one [x]\n** two\n; term : meaning", keepLists: true));

    /// <summary>Quadratic work would be 10^11 steps or more: the test would not end.</summary>
    [Theory]
    [InlineData("{{")]
    [InlineData("}}")]
    [InlineData("[[")]
    [InlineData("]]")]
    [InlineData("[[a|")]
    [InlineData("{{nowrap|")]
    [InlineData("{{{")]
    [InlineData("{|\n")]
    [InlineData("\n|}")]
    [InlineData("|")]
    [InlineData("<ref>")]
    [InlineData("<math>")]
    [InlineData("<!--")]
    [InlineData("<table>")]
    [InlineData("</table>")]
    [InlineData("<span ")]
    [InlineData("[http://a ")]
    [InlineData("[http://")]
    [InlineData("&amp")]
    [InlineData("'")]
    [InlineData("__")]
    [InlineData(":")]
    [InlineData("=")]
    [InlineData("(")]
    [InlineData("(;")]
    [InlineData("{{a}}[[b]]")]
    public void Convert_IsNotQuadratic(string hostile)
    {
        const int Count = 200_000;
        var piece = string.Concat(Enumerable.Repeat(hostile, Count));

        var text = Text(piece + "\nThe end.");

        Assert.EndsWith("end.", text, StringComparison.Ordinal);
        Assert.EndsWith("", Text(piece + string.Concat(Enumerable.Repeat("}}", Count)) + string.Concat(Enumerable.Repeat("]]", Count))), StringComparison.Ordinal);
    }

    [Fact]
    public void Convert_TakesAnything() => TokenizerPropertyTests.AnyOf(
            "{{", "}}", "{{{", "}}}", "[[", "]]", "[http://x ", "]", "|", "{|", "|}", "\n", "<ref>", "</ref>", "<nowiki>", "</nowiki>", "<table>", "</table>", "<!--", "-->", "''", "'''", "&amp;", "==", "__TOC__", "*", " ", "word", "File:", "convert", "=", "(", ")", ",", "\ud83d")
        .Array[0, 40].Sample(pieces => Text(string.Concat(pieces)).Split('\n').All(line => line.Trim() == line), iter: 20_000);
}
