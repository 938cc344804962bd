// SPDX-License-Identifier: MIT
using System.Security;
using System.Text;
using ICSharpCode.SharpZipLib.BZip2;

namespace Yoso.Data.Tests.Corpora;

/// <summary>Writes dumps as MediaWiki does.</summary>
internal static class Dumps
{
    internal const string Head =
        """
        <mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.mediawiki.org/xml/export-0.11/ http://www.mediawiki.org/xml/export-0.11.xsd" version="0.11" xml:lang="en">
          <siteinfo>
            <sitename>Wikipedia</sitename>
            <dbname>enwiki</dbname>
            <namespaces>
              <namespace key="0" case="first-letter" />
              <namespace key="6" case="first-letter">File</namespace>
            </namespaces>
          </siteinfo>

        """;

    internal const string End = "</mediawiki>\n";

    internal static string Page(int id, string text, int ns = 0, string? redirect = null, string model = "wikitext") =>
        $"""
          <page>
            <title>Page {id}</title>
            <ns>{ns}</ns>
            <id>{id}</id>
        {(redirect is null ? "" : $"    <redirect title=\"{SecurityElement.Escape(redirect)}\" />\n")}    <revision>
              <id>{id + 1000}</id>
              <timestamp>2021-01-01T00:00:00Z</timestamp>
              <contributor>
                <username>Someone</username>
                <id>7</id>
              </contributor>
              <comment>a comment with &lt;text&gt; in it</comment>
              <model>{model}</model>
              <format>text/x-wiki</format>
              <text bytes="{text.Length}" xml:space="preserve">{SecurityElement.Escape(text)}</text>
              <sha1>phoiac9h4m842xq45sp7s6u21eteeq1</sha1>
            </revision>
          </page>

        """;

    /// <summary>An article of so many words, different for each number.</summary>
    internal static string Article(int id, int words = 150)
    {
        var random = new Random(id);
        string[] vocabulary = ["the", "cat", "[[house|home]]", "''old''", "river", "and", "walked", "over", "quiet", "hills", "number" + id, "said", "{{sfn|x}}"];
        var text = new StringBuilder($"'''Page {id}''' is about number {id}.<ref>A source</ref>\n\n");
        for (var i = 0; i < words; i++) text.Append(vocabulary[random.Next(vocabulary.Length - 1)]).Append(i % 40 == 39 ? ".\n\n" : " ");
        return Page(id, text.ToString());
    }

    internal static byte[] Compress(string text)
    {
        using var memory = new MemoryStream();
        using (var stream = new BZip2OutputStream(memory, 1) { IsStreamOwner = false })
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
        }
        return memory.ToArray();
    }

    /// <summary>As pages-articles-multistream: the head, some pages a stream, the end.</summary>
    internal static byte[] MultiStream(IEnumerable<string> pages, int pagesPerStream) =>
        [.. Compress(Head), .. pages.Chunk(pagesPerStream).SelectMany(chunk => Compress(string.Concat(chunk))), .. Compress(End)];

    /// <summary>As a parallel compressor writes: streams of equal length, whatever they cut.</summary>
    internal static byte[] Blind(string xml, int charactersPerStream) => [.. xml.Chunk(charactersPerStream).SelectMany(chunk => Compress(new string(chunk)))];
}
