// SPDX-License-Identifier: MIT
using System.Buffers;

namespace Yoso.Data.Corpora;

/// <summary>Cuts a .bz2 file into its streams without decompressing it.</summary>
/// <remarks>
/// A stream begins with "BZh", its level, and the 48-bit number of its first block (or of its end, if it is empty): ten bytes that
/// occur by chance once in 10^22 bytes. Streams of a Wikipedia dump hold 100 pages, those of parallel compressors 900 kB.
/// </remarks>
internal sealed class Bzip2Streams(HashingStream raw, string path, int longest)
{
    private const int MagicBytes = 10;
    private static readonly byte[] BlockNumber = [0x31, 0x41, 0x59, 0x26, 0x53, 0x59];
    private static readonly byte[] EndNumber = [0x17, 0x72, 0x45, 0x38, 0x50, 0x90];
    private const int SmallestWindow = 1 << 20;
    private byte[] window = new byte[SmallestWindow];
    private int filled;
    private long windowAt = raw.Position;
    private bool ended;

    /// <summary>One compressed stream, or only its beginning where it is longer than may be held.</summary>
    /// <param name="Bytes">Rented from the shared pool, of which the first <paramref name="Length"/> count.</param>
    internal readonly record struct Segment(byte[] Bytes, int Length, long At, bool Whole, FilePrefix Prefix);

    /// <summary>The next stream; null at the end. After a segment that is not whole, <see cref="Continue"/> gives the rest.</summary>
    internal Segment? Next()
    {
        if (filled < MagicBytes) Fill();
        if (filled == 0) return null;
        if (!IsMagic(window.AsSpan(0, filled))) throw new DataFormatException($"{path}: no bzip2 stream begins at byte {windowAt}; the file is damaged or no .bz2 file");
        var searched = MagicBytes;
        while (true)
        {
            var next = Find(searched);
            if (next >= 0) return Take(next, whole: true);
            if (ended) return Take(filled, whole: true);
            if (filled >= longest) return Take(filled - MagicBytes, whole: false);
            searched = Math.Max(MagicBytes, filled - MagicBytes + 1);
            Fill();
        }
    }

    /// <summary>More of a stream that was not whole; null where it ends.</summary>
    internal Segment? Continue()
    {
        if (filled < window.Length) Fill();
        if (filled == 0 || (windowAt > 0 && IsMagic(window.AsSpan(0, filled)))) return null;
        var next = Find(0);
        return Take(next >= 0 ? next : ended ? filled : filled - MagicBytes, whole: false);
    }

    private Segment Take(int length, bool whole)
    {
        var segment = new Segment(ArrayPool<byte>.Shared.Rent(length), length, windowAt, whole, raw.Prefix);
        window.AsSpan(0, length).CopyTo(segment.Bytes);
        var rest = window.AsSpan(length, filled - length);
        // A window that grew for one long stream is not kept: it would be filled, and copied, for every piece that follows.
        if (window.Length > SmallestWindow && rest.Length <= SmallestWindow / 2) window = new byte[SmallestWindow];
        rest.CopyTo(window);
        filled -= length;
        windowAt += length;
        return segment;
    }

    private void Fill()
    {
        if (ended) return;
        if (filled == window.Length) Array.Resize(ref window, window.Length * 2);
        var got = raw.ReadAtLeast(window.AsSpan(filled), window.Length - filled, throwOnEndOfStream: false);
        ended = got < window.Length - filled;
        filled += got;
    }

    private int Find(int from)
    {
        while (from < filled)
        {
            var at = window.AsSpan(from, filled - from).IndexOf("BZh"u8);
            if (at < 0) return -1;
            if (IsMagic(window.AsSpan(from + at, filled - from - at))) return from + at;
            from += at + 1;
        }
        return -1;
    }

    private static bool IsMagic(ReadOnlySpan<byte> bytes) =>
        bytes.Length >= MagicBytes && bytes.StartsWith("BZh"u8) && bytes[3] is >= (byte)'1' and <= (byte)'9' &&
        (bytes[4..].StartsWith(BlockNumber) || bytes[4..].StartsWith(EndNumber));
}
