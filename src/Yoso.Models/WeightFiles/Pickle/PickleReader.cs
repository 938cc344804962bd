// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Text;

namespace Yoso.Models.WeightFiles.Pickle;

/// <summary>Bytes of a pickle with their position; never more of them than the limit.</summary>
internal sealed class PickleReader(Stream stream, int maxBytes)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private const ulong FirstBytes = 1 << 12;
    private readonly byte[] small = new byte[8];

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    public byte Byte()
    {
        Count(1);
        var value = stream.ReadByte();
        return value >= 0 ? (byte)value : throw new EndOfStreamException();
    }

    public int UInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Small(2));

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Small(4));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Small(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Small(8));

    public double BigEndianDouble() => BinaryPrimitives.ReadDoubleBigEndian(Small(8));

    public byte[] Bytes(ulong count)
    {
        Count(count);
        // A claim is believed as its bytes come, not before.
        var bytes = new byte[Math.Min(count, FirstBytes)];
        stream.ReadExactly(bytes);
        while ((ulong)bytes.Length < count)
        {
            var read = bytes.Length;
            Array.Resize(ref bytes, (int)Math.Min(count, 4 * (ulong)read));
            stream.ReadExactly(bytes.AsSpan(read));
        }
        return bytes;
    }

    public string Text(ulong bytes)
    {
        try
        {
            return Utf8.GetString(Bytes(bytes));
        }
        catch (DecoderFallbackException)
        {
            throw new PickleException($"text at byte {Position} is not UTF-8");
        }
    }

    /// <summary>Up to the next line feed, which is read and left out.</summary>
    public string Line()
    {
        var line = new List<byte>();
        for (var next = Byte(); next != (byte)'\n'; next = Byte()) line.Add(next);
        return Encoding.Latin1.GetString([.. line]);
    }

    private ReadOnlySpan<byte> Small(int count)
    {
        Count((ulong)count);
        stream.ReadExactly(small, 0, count);
        return small.AsSpan(0, count);
    }

    private void Count(ulong bytes)
    {
        if (bytes > (ulong)(maxBytes - Position)) throw new PickleException($"more than {maxBytes} bytes at byte {Position}; no file of weights has so many names and shapes");
        Position += (long)bytes;
    }
}
