// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Yoso.Data;

/// <summary>SHA-256 of a data set's content: ids (uint16), offsets (int64), labels (int32), then shape and count (int64), all little-endian.</summary>
/// <remarks>Ids come first so that a file of any size is hashed while it is written.</remarks>
internal sealed class SequenceDigest : IDisposable
{
    internal const int Bytes = 32;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    internal void AddIds(ReadOnlySpan<ushort> ids) => hash.AppendData(MemoryMarshal.AsBytes(ids));

    internal byte[] Finish(ReadOnlySpan<long> offsets, ReadOnlySpan<int> labels, SequenceShape shape)
    {
        hash.AppendData(MemoryMarshal.AsBytes(offsets));
        hash.AppendData(MemoryMarshal.AsBytes(labels));
        ReadOnlySpan<long> numbers =
            [shape.SequencesPerExample, shape.PaddedLength, shape.VocabularySize, shape.ClassCount, labels.Length];
        hash.AppendData(MemoryMarshal.AsBytes(numbers));
        return hash.GetHashAndReset();
    }

    /// <summary>The digest of data that is already laid out in memory; ids may exceed what one span holds.</summary>
    internal static byte[] Of(SequenceStorage storage, int count, SequenceShape shape)
    {
        using var digest = new SequenceDigest();
        var sequences = (long)count * shape.SequencesPerExample;
        const int block = 1 << 20;
        var total = storage.Offsets[(int)sequences];
        for (long start = 0; start < total; start += block)
        {
            digest.AddIds(storage.Ids(start, (int)Math.Min(block, total - start)));
        }
        return digest.Finish(storage.Offsets[..((int)sequences + 1)], storage.Labels[..count], shape);
    }

    public void Dispose() => hash.Dispose();
}
