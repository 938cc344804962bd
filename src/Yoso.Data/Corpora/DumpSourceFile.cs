// SPDX-License-Identifier: MIT
using System.Buffers;
using System.Xml;
using Yoso.Data.Corpora.Wikitext;

namespace Yoso.Data.Corpora;

/// <summary>A MediaWiki dump: .xml.bz2 of one stream or many, or plain .xml. An item is a page.</summary>
internal sealed class DumpSourceFile(string path, WikipediaDump options, int chunkBytes = 1 << 20) : ISourceFile
{
    private const int LongestPage = 256 << 20;
    private const int SmallestChunk = 1 << 18;
    private static readonly byte[] PageEnd = "</page>"u8.ToArray();

    public string Path => path;

    public IEnumerable<SourceChunk> Chunks(long resumeAt, int threads, CancellationToken cancellation)
    {
        var pages = new PageBuffer(resumeAt);
        var read = new FilePrefix(0, "");
        foreach (var piece in path.EndsWith(".bz2", StringComparison.OrdinalIgnoreCase) ? new Bzip2File(path).Pieces(resumeAt, threads, cancellation) : Plain())
        {
            read = piece.Prefix;
            // Where a stream and a page begin together, a later run can begin as well.
            if (piece.At > 0 && pages.BetweenPages)
            {
                if (pages.Length >= SmallestChunk) yield return pages.Take(read);
                if (pages.Length == 0) pages.ResumeFrom(piece.At);
            }
            pages.Add(piece.Bytes.AsSpan(0, piece.Length));
            ArrayPool<byte>.Shared.Return(piece.Bytes);
            if (pages.Pending > LongestPage) throw new DataFormatException($"{path}: the page at byte {pages.Start + pages.Length} of its text, after byte {pages.ResumeAt} of the file, has no end");
            if (pages.Length >= chunkBytes) yield return pages.Take(read);
        }
        var whole = pages.EndsWith("</mediawiki>"u8);
        if (pages.Length > 0) yield return pages.Take(read);
        if (!whole) throw new DataFormatException($"{path} ends without </mediawiki> after byte {new FileInfo(path).Length}: it is cut off or no dump; get it again");
    }

    private IEnumerable<Bzip2File.Piece> Plain()
    {
        using var raw = new HashingStream(path);
        while (true)
        {
            var bytes = ArrayPool<byte>.Shared.Rent(1 << 20);
            var length = raw.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length == 0) yield break;
            yield return new Bzip2File.Piece(bytes, length, -1, raw.Prefix);
        }
    }

    public IReadOnlyList<TextDocument> Documents(SourceChunk chunk)
    {
        var documents = new List<TextDocument>();
        var converter = new WikitextConverter(options.KeepLists);
        var at = 0;
        for (var item = 0; item < chunk.Items; item++)
        {
            var length = chunk.Text[at..].IndexOf(PageEnd) + PageEnd.Length;
            var page = Parse(chunk, at, length);
            at += length;
            if (page is not { IsArticle: true }) continue;
            var document = new TextDocument(item, converter.Convert(page.Text));
            if (document.Words >= options.MinWords) documents.Add(document);
        }
        return documents;
    }

    private DumpPage? Parse(SourceChunk chunk, int at, int length)
    {
        // Before the first page lies the head of the dump.
        var begin = chunk.Text.Slice(at, length).IndexOf("<page>"u8);
        try
        {
            return begin < 0 ? throw new XmlException("</page> without <page>") : DumpPage.Parse(new MemoryStream(chunk.Bytes, at + begin, length - begin, writable: false));
        }
        catch (XmlException e)
        {
            throw new DataFormatException(
                $"{path}: the page at byte {chunk.Start + at} of the text that begins at byte {chunk.ResumeAt} of the file is no valid XML ({e.Message.TrimEnd('.')}); get the file again", e);
        }
    }
}
