// SPDX-License-Identifier: MIT
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Yoso.Data.Corpora;

/// <summary>A mapped .tokens file. Immutable and thread-safe.</summary>
internal sealed unsafe class TokenShard
{
    private readonly byte* file;
    private readonly string path;

    private TokenShard(byte* file, TokenShardHeader header, string path)
    {
        this.file = file;
        Header = header;
        this.path = path;
    }

    internal TokenShardHeader Header { get; }

    /// <summary>Checks header and length; the content is not read.</summary>
    /// <exception cref="DataFormatException">Missing, foreign, cut off or damaged.</exception>
    internal static TokenShard Open(string path)
    {
        if (!BitConverter.IsLittleEndian) throw new PlatformNotSupportedException("token shards are mapped on little-endian machines only");
        if (!File.Exists(path)) throw new DataFormatException($"{path} does not exist; prepare the corpus again");
        TokenShardHeader header;
        using (var stream = File.OpenRead(path))
        {
            var bytes = new byte[TokenShardHeader.Size];
            header = TokenShardHeader.Parse(bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)), path);
            if (stream.Length != header.FileLength)
            {
                throw new DataFormatException($"{path} has {stream.Length} bytes, its header says {header.FileLength}; delete it and prepare the corpus again");
            }
        }
        using var mapping = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        var view = mapping.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        // Acquired and never released: a span may outlive the corpus, and clean file pages cost nothing that the system cannot take back.
        byte* pointer = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return new TokenShard(pointer + view.PointerOffset, header, path);
    }

    /// <param name="start">Counted in ids from the start of the shard.</param>
    internal ReadOnlySpan<ushort> Ids(long start, int length)
    {
        if (start < 0 || length < 0 || start + length > Header.IdCount) throw Corrupt();
        return new ReadOnlySpan<ushort>((ushort*)(file + TokenShardHeader.Size) + start, length);
    }

    internal (long First, int Count) SegmentsOf(long document)
    {
        var starts = (long*)(file + Header.DocumentsAt);
        var (first, end) = (starts[document], starts[document + 1]);
        return first >= 0 && end >= first && end <= Header.SegmentCount ? (first, (int)(end - first)) : throw Corrupt();
    }

    internal ReadOnlySpan<ushort> Segment(long segment)
    {
        var starts = (long*)(file + Header.SegmentsAt);
        var length = starts[segment + 1] - starts[segment];
        return length is >= 0 and <= int.MaxValue ? Ids(starts[segment], (int)length) : throw Corrupt();
    }

    /// <summary>Reads everything and compares it with the digest.</summary>
    internal void Verify()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = TokenShardHeader.Size; at < Header.FileLength; at += 1 << 20)
        {
            hash.AppendData(new ReadOnlySpan<byte>(file + at, (int)Math.Min(1 << 20, Header.FileLength - at)));
        }
        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(Header.Digest)) throw Corrupt();
    }

    private DataFormatException Corrupt() => new($"{path} is corrupt (its content does not match its digest); delete it and prepare the corpus again");
}
