// SPDX-License-Identifier: MIT
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Yoso.Data.Corpora;

/// <summary>Writes a .tokens file; it takes its name when it is whole.</summary>
internal sealed class TokenShardWriter : IDisposable
{
    private readonly string path;
    private readonly CorpusForm form;
    private readonly FileStream stream;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly List<long> segments = [0];
    private readonly List<long> documents = [0];
    private bool complete;

    internal TokenShardWriter(string path, CorpusForm form)
    {
        (this.path, this.form) = (path, form);
        stream = new FileStream(path + ".partial", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.Write(new byte[TokenShardHeader.Size]);
    }

    internal long IdCount { get; private set; }

    internal long SegmentCount => segments.Count - 1;

    internal long DocumentCount { get; private set; }

    /// <param name="segmentEnds">For the form of documents: where in <paramref name="ids"/> each segment ends.</param>
    internal void AddDocument(ReadOnlySpan<ushort> ids, ReadOnlySpan<int> segmentEnds)
    {
        if (form == CorpusForm.Documents)
        {
            foreach (var end in segmentEnds) segments.Add(IdCount + end);
            documents.Add(segments.Count - 1);
        }
        Write(MemoryMarshal.AsBytes(ids));
        IdCount += ids.Length;
        DocumentCount++;
    }

    /// <returns>SHA-256 in lower-case hex of everything after the header.</returns>
    internal string Complete()
    {
        var segmentCount = form == CorpusForm.Documents ? SegmentCount : 0;
        var header = new TokenShardHeader(form, IdCount, segmentCount, DocumentCount, []);
        Write(new byte[header.SegmentsAt - TokenShardHeader.Size - (2 * IdCount)]);
        if (form == CorpusForm.Documents)
        {
            Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(segments)));
            Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(documents)));
        }
        header = header with { Digest = hash.GetHashAndReset() };
        stream.Position = 0;
        stream.Write(header.ToBytes());
        stream.Flush(flushToDisk: true);
        stream.Dispose();
        File.Move(path + ".partial", path, overwrite: true);
        complete = true;
        return Convert.ToHexStringLower(header.Digest);
    }

    public void Dispose()
    {
        hash.Dispose();
        stream.Dispose();
        if (!complete) File.Delete(path + ".partial");
        complete = true;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        stream.Write(bytes);
        hash.AppendData(bytes);
    }
}
