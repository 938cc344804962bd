// SPDX-License-Identifier: MIT
using Yoso.Data.Text;

namespace Yoso.Data;

/// <summary>Rows of tab-separated UTF-8 without quoting.</summary>
internal sealed class TabSeparated(Stream stream, string file, int columns, int maxLineBytes)
{
    private readonly Utf8LineReader lines = new(stream, file, maxLineBytes);
    private readonly Range[] ranges = new Range[columns];

    /// <summary>Reads the first line and compares it.</summary>
    internal void ExpectHeader(string expected)
    {
        if (!lines.TryRead(out var line) || !line.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(expected)))
        {
            throw DataFormatException.At(file, 1, 1, $"the header must be {expected.Replace("\t", "<tab>", StringComparison.Ordinal)}");
        }
    }

    /// <summary>The next row; fields are cut out of it with <see cref="Field"/>.</summary>
    /// <exception cref="DataFormatException">Wrong number of columns, not UTF-8, or the stream is damaged.</exception>
    internal bool TryRead(out ReadOnlySpan<byte> line)
    {
        if (!lines.TryRead(out line)) return false;
        var (start, column) = (0, 0);
        for (; column < columns - 1; column++)
        {
            var tab = line[start..].IndexOf((byte)'\t');
            if (tab < 0) throw Error(line.Length, $"{columns} columns separated by tabs are expected, {column + 1} found");
            ranges[column] = start..(start + tab);
            start += tab + 1;
        }
        ranges[column] = start..line.Length;
        var extra = line[start..].IndexOf((byte)'\t');
        if (extra >= 0) throw Error(start + extra, $"more than {columns} columns");
        var invalid = ByteText.FirstInvalid(line);
        if (invalid >= 0) throw Error(invalid, "this byte is not UTF-8");
        return true;
    }

    internal ReadOnlySpan<byte> Field(ReadOnlySpan<byte> line, int column) => line[ranges[column]];

    /// <summary>A label 0 or 1; a release writes them as floating-point numbers.</summary>
    internal int BinaryLabel(ReadOnlySpan<byte> line)
    {
        var field = Field(line, 0);
        if (field.SequenceEqual("0"u8) || field.SequenceEqual("0.0"u8)) return 0;
        if (field.SequenceEqual("1"u8) || field.SequenceEqual("1.0"u8)) return 1;
        throw Error(0, "the label must be 0 or 1");
    }

    internal DataFormatException Error(int position, string problem) => DataFormatException.At(file, lines.Line, position + 1, problem);

    internal DataFormatException ErrorInField(int column, string problem) => Error(ranges[column].Start.Value, problem);
}
