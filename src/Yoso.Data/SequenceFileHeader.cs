// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Yoso.Data;

/// <summary>The first 128 bytes of a .seq file. After them: ids (uint16), zeros up to a multiple of 8, offsets (int64, one more than sequences), labels (int32).</summary>
/// <remarks>All little-endian. Bytes 96-127 are the SHA-256 of bytes 0-95, so that a damaged header is told from a foreign file.</remarks>
internal sealed record SequenceFileHeader(SequenceShape Shape, int Count, long IdCount, byte[] Digest)
{
    internal const int Size = 128;
    internal const int Version = 1;
    private const int ChecksumAt = 96;
    private static ReadOnlySpan<byte> Magic => "YOSOSEQ\n"u8;

    internal long SequenceCount => (long)Count * Shape.SequencesPerExample;
    internal long OffsetsAt => (Size + (2 * IdCount) + 7) / 8 * 8;
    internal long LabelsAt => OffsetsAt + (8 * (SequenceCount + 1));
    internal long FileLength => LabelsAt + (4L * Count);

    internal byte[] ToBytes()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        var at = Magic.Length;
        foreach (var number in (ReadOnlySpan<int>)
            [Version, Shape.SequencesPerExample, Shape.PaddedLength, Shape.VocabularySize, Shape.ClassCount, Count])
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), number);
            at += 4;
        }
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at), IdCount);
        Digest.CopyTo(bytes, at + 8);
        SHA256.HashData(bytes.AsSpan(0, ChecksumAt), bytes.AsSpan(ChecksumAt));
        return bytes;
    }

    /// <exception cref="DataFormatException">Not such a file, another version, or damaged.</exception>
    internal static SequenceFileHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < Magic.Length || !bytes[..Magic.Length].SequenceEqual(Magic))
        {
            throw new DataFormatException($"{path} is not a sequence file of this project; delete it and prepare the data again");
        }
        if (bytes.Length < Size) throw new DataFormatException($"{path} is cut off inside its header; delete it and prepare the data again");
        Span<int> numbers = stackalloc int[6];
        for (var i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(bytes[(Magic.Length + (4 * i))..]);
        if (numbers[0] != Version)
        {
            throw new DataFormatException($"{path} has format version {numbers[0]}, this program reads {Version}; delete it and prepare the data again");
        }
        if (!SHA256.HashData(bytes[..ChecksumAt]).AsSpan().SequenceEqual(bytes[ChecksumAt..Size]))
        {
            throw new DataFormatException($"{path} has a damaged header; delete it and prepare the data again");
        }
        var at = Magic.Length + (4 * numbers.Length);
        var shape = new SequenceShape(numbers[1], numbers[2], numbers[3], numbers[4]);
        var header = new SequenceFileHeader(
            shape, numbers[5], BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]), bytes.Slice(at + 8, SequenceDigest.Bytes).ToArray());
        var plausible = !shape.Problems().Any() && header.Count >= 0 && header.SequenceCount < int.MaxValue &&
            header.IdCount >= 0 && header.IdCount <= header.SequenceCount * shape.PaddedLength;
        return plausible ? header : throw new DataFormatException($"{path} has impossible counts in its header; delete it and prepare the data again");
    }
}
