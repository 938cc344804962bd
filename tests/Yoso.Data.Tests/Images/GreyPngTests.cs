// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.IO.Compression;
using Yoso.Data.Images;

namespace Yoso.Data.Tests.Images;

public class GreyPngTests
{
    private static byte[] Noise(int count)
    {
        var noise = new byte[count];
        new Random(count).NextBytes(noise);
        return noise;
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(32, 32)]
    [InlineData(7, 3)]
    public void Read_GivesBackWhatWasWritten(int width, int height)
    {
        var grey = Noise(width * height);

        Assert.Equal(grey, GreyPng.Read(GreyPng.Write(width, height, grey), "x").Grey);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Read_UndoesEachFilter(int filter)
    {
        const int width = 9, height = 5;
        var grey = Noise(width * height);
        int At(int x, int y) => x < 0 || y < 0 ? 0 : grey[(y * width) + x];
        var rows = new List<byte>();
        for (var y = 0; y < height; y++)
        {
            rows.Add((byte)filter);
            for (var x = 0; x < width; x++)
            {
                int a = At(x - 1, y), b = At(x, y - 1), c = At(x - 1, y - 1), p = a + b - c;
                var nearest = new[] { a, b, c }.MinBy(value => Math.Abs(p - value));
                rows.Add((byte)(At(x, y) - new[] { 0, a, b, (a + b) / 2, nearest }[filter]));
            }
        }

        Assert.Equal(grey, GreyPng.Read(WithRows(width, height, [.. rows]), "x").Grey);
    }

    [Fact]
    public void Read_SaysWhatIsWrong()
    {
        string Problem(byte[] file) => Assert.Throws<DataFormatException>(() => GreyPng.Read(file, "a.png")).Message;
        var file = GreyPng.Write(2, 2, [1, 2, 3, 4]);

        Assert.Equal("a.png is not a PNG image", Problem([]));
        Assert.Equal("a.png is a PNG image that is cut off", Problem(file[..8]));
        Assert.Contains("unknown filter", Problem(WithRows(2, 1, [9, 0, 0])), StringComparison.Ordinal);
        Assert.Contains("damaged", Problem(WithRows(2, 2, [0, 0, 0])), StringComparison.Ordinal);
        Assert.Contains("at most 4096", Problem(WithRows(5000, 1, [0])), StringComparison.Ordinal);
        Assert.Contains("8 bits of grey", Problem(WithRows(2, 1, [0, 0, 0], colour: 2)), StringComparison.Ordinal);
        Assert.Contains("8 bits of grey", Problem(WithRows(2, 1, [0, 0, 0], depth: 16)), StringComparison.Ordinal);
    }

    /// <summary>A file of given filtered rows: the chunks of a written image with other contents and their check sums.</summary>
    private static byte[] WithRows(int width, int height, byte[] rows, byte depth = 8, byte colour = 0)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = depth;
        header[9] = colour;
        var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
        return [.. GreyPng.Write(1, 1, [0])[..8], .. Chunk("IHDR", header), .. Chunk("IDAT", compressed.ToArray()), .. Chunk("IEND", [])];
    }

    private static byte[] Chunk(string type, byte[] content)
    {
        byte[] body = [.. System.Text.Encoding.ASCII.GetBytes(type), .. content];
        var crc = uint.MaxValue;
        foreach (var value in body)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        var numbers = new byte[8];
        BinaryPrimitives.WriteInt32BigEndian(numbers, content.Length);
        BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(4), ~crc);
        return [.. numbers[..4], .. body, .. numbers[4..]];
    }
}
