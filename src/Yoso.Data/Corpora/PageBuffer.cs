// SPDX-License-Identifier: MIT
using System.Buffers;

namespace Yoso.Data.Corpora;

/// <summary>Collects the text of a dump and gives it away in whole pages.</summary>
internal sealed class PageBuffer(long resumeAt)
{
    private static readonly byte[] PageEnd = "</page>"u8.ToArray();
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 21);
    private int filled;
    private int searched;
    private int items;
    private long itemsBefore;

    /// <summary>Bytes up to the end of the last whole page.</summary>
    internal int Length { get; private set; }

    /// <summary>Bytes of a page that has no end yet.</summary>
    internal int Pending => filled - Length;

    /// <summary>Where the first byte lies in the text, counted from <see cref="ResumeAt"/>.</summary>
    internal long Start { get; private set; }

    /// <inheritdoc cref="SourceChunk.ResumeAt"/>
    internal long ResumeAt { get; private set; } = resumeAt;

    internal bool BetweenPages => buffer.AsSpan(Length, Pending).Trim(" \t\r\n"u8).IsEmpty;

    /// <summary>Only when no page is held.</summary>
    internal void ResumeFrom(long at)
    {
        (ResumeAt, Start, itemsBefore) = (at, 0, 0);
        (filled, searched) = (0, 0);
    }

    internal void Add(ReadOnlySpan<byte> text)
    {
        if (filled + text.Length > buffer.Length) Grow(filled + text.Length);
        text.CopyTo(buffer.AsSpan(filled));
        filled += text.Length;
        while (true)
        {
            var at = buffer.AsSpan(searched, filled - searched).IndexOf(PageEnd);
            if (at < 0) break;
            searched += at + PageEnd.Length;
            Length = searched;
            items++;
        }
        searched = Math.Max(searched, filled - PageEnd.Length + 1);
    }

    internal bool EndsWith(ReadOnlySpan<byte> end) => buffer.AsSpan(Length, Pending).TrimEnd(" \t\r\n"u8).EndsWith(end);

    /// <summary>The whole pages; what begins after them stays.</summary>
    internal SourceChunk Take(FilePrefix prefix)
    {
        var chunk = new SourceChunk(buffer, Length, Start, ResumeAt, itemsBefore, items, prefix);
        var rest = buffer.AsSpan(Length, Pending);
        buffer = ArrayPool<byte>.Shared.Rent(Math.Max(1 << 21, rest.Length));
        rest.CopyTo(buffer);
        Start += Length;
        itemsBefore += items;
        (filled, searched, Length, items) = (rest.Length, Math.Max(0, searched - Length), 0, 0);
        return chunk;
    }

    private void Grow(int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(buffer.Length * 2, length));
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
