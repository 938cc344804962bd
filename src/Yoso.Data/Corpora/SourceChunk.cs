// SPDX-License-Identifier: MIT
using System.Buffers;

namespace Yoso.Data.Corpora;

/// <summary>Whole items (documents of a text file, pages of a dump) as they lie in a file, uncompressed.</summary>
/// <param name="Bytes">Rented from the shared pool; empty after <see cref="Release"/>.</param>
/// <param name="Start">Where the chunk begins in the uncompressed text, counted from <paramref name="ResumeAt"/>.</param>
/// <param name="ResumeAt">The last place before the chunk, in bytes of the file, at which reading can begin anew.</param>
/// <param name="FirstItem">Items between that place and the chunk.</param>
/// <param name="Items">Items in the chunk.</param>
/// <param name="Prefix">How far the file was read, and the digest of that much.</param>
internal sealed record SourceChunk(byte[] Bytes, int Length, long Start, long ResumeAt, long FirstItem, int Items, FilePrefix Prefix)
{
    internal byte[] Bytes { get; private set; } = Bytes;

    internal ReadOnlySpan<byte> Text => Bytes.AsSpan(0, Length);

    /// <summary>Gives the text's memory to the next chunk: megabytes a chunk would grow the heap between collections. The text is gone.</summary>
    internal void Release()
    {
        var bytes = Bytes;
        Bytes = [];
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }
}

/// <summary>The first bytes of a file and their SHA-256: tells whether what was made of them still holds.</summary>
internal readonly record struct FilePrefix(long Bytes, string Sha256);

/// <summary>Where to go on: skip so many items after a place in a file.</summary>
/// <param name="FilesBefore">Digest of the files that come before this one.</param>
internal sealed record SourcePosition(int Source, int File, long ResumeAt, long SkipItems, FilePrefix Prefix, string FilesBefore);

/// <summary>One file of a source.</summary>
internal interface ISourceFile
{
    string Path { get; }

    /// <summary>The file's chunks from <paramref name="resumeAt"/> on, which is 0 or was a chunk's ResumeAt.</summary>
    /// <exception cref="DataFormatException">The file is damaged; chunks before the damage have been given.</exception>
    IEnumerable<SourceChunk> Chunks(long resumeAt, int threads, CancellationToken cancellation);

    /// <summary>The documents of a chunk. Thread-safe.</summary>
    IReadOnlyList<TextDocument> Documents(SourceChunk chunk);
}
