// SPDX-License-Identifier: MIT
namespace Yoso.Data;

/// <summary>Lines of a stream as bytes, without copying more than one line and refusing one that is too long.</summary>
internal sealed class Utf8LineReader(Stream stream, string file, int maxLineBytes)
{
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private bool finished;

    /// <summary>Number of the line last read, from 1.</summary>
    internal long Line { get; private set; }

    /// <summary>The next line without its LF or CRLF; false at the end. The span is valid until the next call.</summary>
    /// <exception cref="DataFormatException">The line is longer than allowed, or the stream breaks off (truncated gzip).</exception>
    internal bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var newline = buffer.AsSpan(start + searched, end - start - searched).IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = Trim(buffer.AsSpan(start, searched + newline));
                start += searched + newline + 1;
                Line++;
                return true;
            }
            searched = end - start;
            if (searched > maxLineBytes)
            {
                throw DataFormatException.At(file, Line + 1, 1, $"the line is longer than {maxLineBytes} bytes; this is not the expected file");
            }
            if (!Fill()) break;
        }
        line = Trim(buffer.AsSpan(start, end - start));
        var any = end > start;
        start = end;
        if (any) Line++;
        return any;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.Length > 0 && line[^1] == '\r' ? line[..^1] : line;

    private bool Fill()
    {
        if (finished) return false;
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }
        if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        int read;
        try
        {
            read = stream.Read(buffer, end, buffer.Length - end);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new DataFormatException($"{file} is damaged or cut off after line {Line}; download it again", e);
        }
        finished = read == 0;
        end += read;
        return read > 0;
    }
}
