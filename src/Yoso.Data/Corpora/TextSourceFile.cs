// SPDX-License-Identifier: MIT
using System.Buffers;
using System.Text;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.GZip;

namespace Yoso.Data.Corpora;

/// <summary>A text file, plain or .gz: a paragraph or sentence a line, a blank line between documents.</summary>
internal sealed class TextSourceFile(string path, TextFiles options, int chunkBytes = 1 << 20) : ISourceFile
{
    private const int LongestLine = 64 << 20;
    private static readonly UTF8Encoding Strict = new(false, true);

    public string Path => path;

    public IEnumerable<SourceChunk> Chunks(long resumeAt, int threads, CancellationToken cancellation)
    {
        using var raw = new HashingStream(path);
        using var text = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipInputStream(raw) : (Stream)raw; // .NET's own takes a cut-off file for a whole one
        var buffer = ArrayPool<byte>.Shared.Rent(2 * chunkBytes);
        var (filled, searched, documentEnd, lines, items) = (0, 0, 0, 0, 0);
        var (start, firstItem) = (0L, 0L);
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            if (filled == buffer.Length) buffer = Bzip2File.Doubled(buffer);
            var got = Fill(text, raw, buffer, filled);
            filled += got;
            while (searched < filled)
            {
                var newline = buffer.AsSpan(searched, filled - searched).IndexOf((byte)'\n');
                if (newline < 0) break;
                var blank = buffer.AsSpan(searched, newline).Trim(" \t\r"u8).IsEmpty;
                searched += newline + 1;
                lines = blank ? 0 : lines + 1;
                if (!blank && lines < options.MaxLinesPerDocument) continue;
                (documentEnd, lines) = (searched, 0);
                items++;
            }
            if (filled - searched > LongestLine) throw new DataFormatException($"{path}: the line at byte {start + searched} of its text is longer than {LongestLine} bytes; this is not a text file");
            if (got == 0) break;
            if (documentEnd < chunkBytes) continue;
            yield return new SourceChunk(buffer, documentEnd, start, 0, firstItem, items, raw.Prefix);
            var rest = buffer.AsSpan(documentEnd, filled - documentEnd);
            start += documentEnd;
            firstItem += items;
            buffer = ArrayPool<byte>.Shared.Rent(Math.Max(2 * chunkBytes, rest.Length));
            rest.CopyTo(buffer);
            (filled, searched, documentEnd, items) = (rest.Length, searched - documentEnd, 0, 0);
        }
        if (filled > 0) yield return new SourceChunk(buffer, filled, start, 0, firstItem, items + 1, raw.Prefix);
    }

    private int Fill(Stream text, HashingStream raw, byte[] buffer, int filled)
    {
        try
        {
            return text.ReadAtLeast(buffer.AsSpan(filled), buffer.Length - filled, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is SharpZipBaseException or EndOfStreamException or IndexOutOfRangeException)
        {
            throw new DataFormatException($"{path} is damaged or cut off near byte {raw.Position} of {raw.Length}; get it again", e);
        }
    }

    public IReadOnlyList<TextDocument> Documents(SourceChunk chunk)
    {
        var text = Decode(chunk);
        var documents = new List<TextDocument>();
        var lines = new List<string>();
        var (item, count) = (0, 0);
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan()[range].Trim();
            if (!line.IsEmpty) lines.Add(line.ToString());
            count = line.IsEmpty ? 0 : count + 1;
            if (line.IsEmpty || count >= options.MaxLinesPerDocument) End(line.IsEmpty);
        }
        End(true);
        return documents;

        void End(bool ends)
        {
            if (lines.Count > 0)
            {
                var document = new TextDocument(item, lines, ends);
                if (document.Words >= options.MinWords) documents.Add(document);
                lines = [];
            }
            item++;
            count = 0;
        }
    }

    private string Decode(SourceChunk chunk)
    {
        try
        {
            var text = Strict.GetString(chunk.Text);
            return chunk.Start == 0 && text.StartsWith('\uFEFF') ? text[1..] : text;
        }
        catch (DecoderFallbackException e)
        {
            throw new DataFormatException($"{path} is not UTF-8 at byte {chunk.Start + e.Index} of its text; convert it first", e);
        }
    }
}
