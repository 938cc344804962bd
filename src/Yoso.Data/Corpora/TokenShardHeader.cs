// SPDX-License-Identifier: MIT
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Yoso.Data.Corpora;

/// <summary>The first 128 bytes of a .tokens file. After them: ids (uint16), zeros up to a multiple of 8, then for documents the segments' starts and the documents' starts (int64, one more than there are).</summary>
/// <remarks>All little-endian. Segment starts count ids, document starts count segments. Bytes 96-127 are the SHA-256 of bytes 0-95; the digest covers everything after the header.</remarks>
internal sealed record TokenShardHeader(CorpusForm Form, long IdCount, long SegmentCount, long DocumentCount, byte[] Digest)
{
    internal const int Size = 128;
    private const int Version = 1;
    private const int ChecksumAt = 96;
    private static ReadOnlySpan<byte> Magic => "YOSOTOK\n"u8;

    internal long SegmentsAt => (Size + (2 * IdCount) + 7) / 8 * 8;

    internal long DocumentsAt => SegmentsAt + (Form == CorpusForm.Documents ? 8 * (SegmentCount + 1) : 0);

    internal long FileLength => DocumentsAt + (Form == CorpusForm.Documents ? 8 * (DocumentCount + 1) : 0);

    internal byte[] ToBytes()
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(12), (int)Form);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(16), IdCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(24), SegmentCount);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(32), DocumentCount);
        Digest.CopyTo(bytes, 40);
        SHA256.HashData(bytes.AsSpan(0, ChecksumAt), bytes.AsSpan(ChecksumAt));
        return bytes;
    }

    /// <exception cref="DataFormatException">Not such a file, another version, or damaged.</exception>
    internal static TokenShardHeader Parse(ReadOnlySpan<byte> bytes, string path)
    {
        DataFormatException Bad(string what) => new($"{path} {what}; delete it and prepare the corpus again");
        if (bytes.Length < Size || !bytes[..8].SequenceEqual(Magic)) throw Bad("is not a token shard of this project");
        if (!SHA256.HashData(bytes[..ChecksumAt]).AsSpan().SequenceEqual(bytes[ChecksumAt..Size])) throw Bad("has a damaged header");
        var version = BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]);
        if (version != Version) throw Bad($"has format version {version}, this program reads {Version}");
        long Number(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadInt64LittleEndian(from[at..]);
        var form = (CorpusForm)BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]);
        var header = new TokenShardHeader(form, Number(bytes, 16), Number(bytes, 24), Number(bytes, 32), bytes[40..72].ToArray());
        const long most = long.MaxValue / 32;
        var plausible = Enum.IsDefined(form) && header is { IdCount: >= 0 and < most, SegmentCount: >= 0 and < int.MaxValue, DocumentCount: >= 0 and < int.MaxValue };
        return plausible ? header : throw Bad("has impossible counts in its header");
    }
}
