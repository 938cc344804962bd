// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.IO.Compression;

namespace Yoso.Data.Images;

/// <summary>Non-interlaced PNG with 8 bits of grey, which is all that Pathfinder needs (ISO/IEC 15948).</summary>
public static class GreyPng
{
    private const int MaxSide = 4096;
    private static readonly uint[] CrcTable = MakeCrcTable();
    private static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Width, height and grey values row by row.</summary>
    /// <param name="name">Names the file in messages.</param>
    /// <exception cref="DataFormatException">Not such an image, or damaged.</exception>
    public static (int Width, int Height, byte[] Grey) Read(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length < 8 || !file[..8].SequenceEqual(Signature)) throw new DataFormatException($"{name} is not a PNG image");
        var (width, height) = (0, 0);
        using var compressed = new MemoryStream();
        for (var at = 8; ;)
        {
            var chunk = Chunk(file, ref at, name, out var type);
            if (type.SequenceEqual("IHDR"u8)) (width, height) = Size(chunk, name);
            else if (type.SequenceEqual("IDAT"u8)) compressed.Write(chunk);
            else if (type.SequenceEqual("IEND"u8)) break;
        }
        if (width == 0) throw new DataFormatException($"{name} is a PNG image without header");
        var rows = new byte[height * (width + 1)];
        try
        {
            compressed.Position = 0;
            using var zlib = new ZLibStream(compressed, CompressionMode.Decompress);
            zlib.ReadExactly(rows);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new DataFormatException($"{name} is a damaged PNG image", e);
        }
        return (width, height, Unfilter(rows, width, height, name));
    }

    /// <summary>A PNG file of grey values row by row.</summary>
    public static byte[] Write(int width, int height, ReadOnlySpan<byte> grey)
    {
        if (grey.Length != width * height) throw new ArgumentException($"{width} x {height} pixels expected, {grey.Length} given");
        var file = new MemoryStream();
        file.Write(Signature);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        WriteChunk(file, "IHDR"u8, header);
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            for (var y = 0; y < height; y++)
            {
                zlib.WriteByte(0);
                zlib.Write(grey.Slice(y * width, width));
            }
        }
        WriteChunk(file, "IDAT"u8, compressed.ToArray());
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    private static ReadOnlySpan<byte> Chunk(ReadOnlySpan<byte> file, ref int at, string name, out ReadOnlySpan<byte> type)
    {
        if (file.Length - at < 12) throw new DataFormatException($"{name} is a PNG image that is cut off");
        var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        if (length > file.Length - at - 12) throw new DataFormatException($"{name} is a PNG image that is cut off");
        type = file.Slice(at + 4, 4);
        var content = file.Slice(at + 8, (int)length);
        if (Crc(file.Slice(at + 4, (int)length + 4)) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]))
        {
            throw new DataFormatException($"{name} is a damaged PNG image (wrong check sum)");
        }
        at += (int)length + 12;
        return content;
    }

    private static (int, int) Size(ReadOnlySpan<byte> header, string name)
    {
        if (header.Length != 13) throw new DataFormatException($"{name} is a PNG image with a damaged header");
        var width = BinaryPrimitives.ReadUInt32BigEndian(header);
        var height = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        if (width is 0 or > MaxSide || height is 0 or > MaxSide) throw new DataFormatException($"{name} has {width} x {height} pixels, at most {MaxSide} a side are read");
        return header[8] == 8 && header[9] == 0 && header[12] == 0
            ? ((int)width, (int)height)
            : throw new DataFormatException($"{name} is not a plain PNG image with 8 bits of grey");
    }

    private static byte[] Unfilter(ReadOnlySpan<byte> rows, int width, int height, string name)
    {
        var grey = new byte[width * height];
        for (var y = 0; y < height; y++)
        {
            var filter = rows[y * (width + 1)];
            var source = rows.Slice((y * (width + 1)) + 1, width);
            var row = grey.AsSpan(y * width, width);
            var above = y > 0 ? grey.AsSpan((y - 1) * width, width) : new byte[width];
            for (var x = 0; x < width; x++)
            {
                int left = x > 0 ? row[x - 1] : 0, up = above[x], corner = x > 0 ? above[x - 1] : 0;
                row[x] = (byte)(source[x] + filter switch
                {
                    0 => 0,
                    1 => left,
                    2 => up,
                    3 => (left + up) / 2,
                    4 => Paeth(left, up, corner),
                    _ => throw new DataFormatException($"{name} is a damaged PNG image (unknown filter)"),
                });
            }
        }
        return grey;
    }

    private static int Paeth(int left, int up, int corner)
    {
        var (a, b, c) = (Math.Abs(up - corner), Math.Abs(left - corner), Math.Abs(left + up - (2 * corner)));
        return a <= b && a <= c ? left : b <= c ? up : corner;
    }

    private static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        byte[] body = [.. type, .. content];
        file.Write(body);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(body));
        file.Write(number);
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes) crc = CrcTable[(crc ^ value) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            table[i] = i;
            for (var bit = 0; bit < 8; bit++) table[i] = (table[i] & 1) != 0 ? 0xEDB88320 ^ (table[i] >> 1) : table[i] >> 1;
        }
        return table;
    }
}
