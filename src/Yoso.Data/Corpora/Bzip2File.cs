// SPDX-License-Identifier: MIT
using System.Buffers;
using ICSharpCode.SharpZipLib.BZip2;

namespace Yoso.Data.Corpora;

/// <summary>Decompresses a .bz2 file; one of many streams on all cores.</summary>
internal sealed class Bzip2File(string path, int longestHeld = 4 << 20)
{
    private const int LongestPiece = 512 << 20; // what a held stream may become; a real one becomes 2 MB

    /// <summary>Uncompressed bytes, of which the first <paramref name="Length"/> count; rented from the shared pool, the reader may return them.</summary>
    /// <param name="At">Where in the file the stream begins that these bytes begin; -1 inside a stream.</param>
    internal sealed record Piece(byte[] Bytes, int Length, long At, FilePrefix Prefix);

    /// <param name="resumeAt">0, or the At of a piece.</param>
    /// <exception cref="DataFormatException">Damaged or cut off; the pieces before the damage have been given.</exception>
    internal IEnumerable<Piece> Pieces(long resumeAt, int threads, CancellationToken cancellation)
    {
        using var raw = new HashingStream(path);
        raw.SkipTo(resumeAt);
        var streams = new Bzip2Streams(raw, path, longestHeld);
        Bzip2Streams.Segment? longOne;
        do
        {
            longOne = null;
            foreach (var piece in OrderedParallel.Select(Held(), Whole, threads, cancellation)) yield return piece;
            if (longOne is not { } first) yield break;
            foreach (var piece in OneByOne(first, streams, raw, cancellation)) yield return piece;
        }
        while (true);

        IEnumerable<Bzip2Streams.Segment> Held()
        {
            while (streams.Next() is { } segment)
            {
                if (!segment.Whole)
                {
                    longOne = segment;
                    yield break;
                }
                yield return segment;
            }
        }
    }

    private Piece Whole(Bzip2Streams.Segment segment)
    {
        var compressed = new MemoryStream(segment.Bytes, 0, segment.Length, writable: false);
        using var stream = Begin(compressed, segment.At);
        var bytes = ArrayPool<byte>.Shared.Rent(Math.Max(1 << 16, 4 * segment.Length));
        var length = 0;
        while (Read(stream, bytes, length, segment.At) is > 0 and var got)
        {
            length += got;
            if (length > LongestPiece) throw new DataFormatException($"{path}: the bzip2 stream at byte {segment.At} holds more than {LongestPiece} bytes; this is not a dump");
            if (length == bytes.Length) bytes = Doubled(bytes);
        }
        // A damaged header of the next stream would otherwise make that one vanish without a word.
        if (compressed.Position < compressed.Length) throw new DataFormatException($"{path}: what follows byte {segment.At + compressed.Position} is no bzip2 stream; the file is damaged, get it again");
        ArrayPool<byte>.Shared.Return(segment.Bytes);
        return new Piece(bytes, length, segment.At, segment.Prefix);
    }

    internal static byte[] Doubled(byte[] bytes)
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * bytes.Length);
        bytes.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(bytes);
        return larger;
    }

    /// <summary>A stream too long to be held (a dump of a single stream has gigabytes) is decompressed while it is read, on one core.</summary>
    private IEnumerable<Piece> OneByOne(Bzip2Streams.Segment first, Bzip2Streams streams, HashingStream raw, CancellationToken cancellation)
    {
        using var compressed = new RestOfStream(first, streams);
        using var stream = Begin(compressed, first.At);
        for (var at = first.At; ; at = -1)
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = ArrayPool<byte>.Shared.Rent(1 << 20);
            var length = 0;
            while (length < bytes.Length && Read(stream, bytes, length, first.At + compressed.Position) is > 0 and var got) length += got;
            if (length > 0) yield return new Piece(bytes, length, at, raw.Prefix);
            if (length < bytes.Length) break;
        }
        if (compressed.ReadByte() >= 0) throw new DataFormatException($"{path}: what follows byte {first.At + compressed.Position} is no bzip2 stream; the file is damaged, get it again");
    }

    private BZip2InputStream Begin(Stream compressed, long at)
    {
        try
        {
            return new BZip2InputStream(compressed);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
        {
            throw Damaged(at, e);
        }
    }

    /// <summary>The library answers damage with exceptions of many kinds, the range check of an array among them.</summary>
    private int Read(BZip2InputStream stream, byte[] bytes, int from, long at)
    {
        try
        {
            return stream.Read(bytes, from, bytes.Length - from);
        }
        catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException or DataFormatException))
        {
            throw Damaged(at, e);
        }
    }

    private DataFormatException Damaged(long at, Exception cause) => new($"{path} is damaged or cut off in the bzip2 stream at byte {at}; get the file again", cause);

    /// <summary>The bytes of one compressed stream, up to where the next begins.</summary>
    private sealed class RestOfStream(Bzip2Streams.Segment first, Bzip2Streams streams) : Stream
    {
        private byte[] bytes = first.Bytes;
        private int length = first.Length;
        private int used;
        private long before;

        public override long Position
        {
            get => before + used;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            if (used == length)
            {
                before += used;
                if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
                (bytes, length) = streams.Continue() is { } next ? (next.Bytes, next.Length) : ([], 0);
                used = 0;
            }
            var got = Math.Min(count, length - used);
            bytes.AsSpan(used, got).CopyTo(buffer.AsSpan(offset));
            used += got;
            return got;
        }

        public override int ReadByte()
        {
            if (used < length) return bytes[used++];
            Span<byte> one = stackalloc byte[1];
            return Read(one) == 0 ? -1 : one[0];
        }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
