// SPDX-License-Identifier: MIT
using System.Security.Cryptography;

namespace Yoso.Data.Corpora;

/// <summary>Reads a file from its start and knows the digest of what was read.</summary>
internal sealed class HashingStream(string path) : Stream
{
    private readonly FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.SequentialScan);
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long read;

    internal FilePrefix Prefix => new(read, Convert.ToHexStringLower(hash.GetCurrentHash()));

    /// <summary>Reads on without giving the bytes away.</summary>
    internal void SkipTo(long position)
    {
        var buffer = new byte[1 << 20];
        while (read < position && Read(buffer, 0, (int)Math.Min(buffer.Length, position - read)) > 0) { }
    }

    /// <summary>The digest of the first bytes of a file; shorter than asked for if the file is.</summary>
    internal static FilePrefix PrefixOf(string path, long bytes)
    {
        using var stream = new HashingStream(path);
        stream.SkipTo(bytes);
        return stream.Prefix;
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        var got = file.Read(buffer, offset, count);
        hash.AppendData(buffer, offset, got);
        read += got;
        return got;
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => read;
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
            hash.Dispose();
        }
        base.Dispose(disposing);
    }
}
