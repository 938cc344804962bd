// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Data.Corpora;

/// <summary>Makes the parts of a corpus, one after another, going on after those that are there.</summary>
internal sealed class PartBuilder(CorpusOptions options, IReadOnlyList<SourceFileList> sources, string folder, IProgress<CorpusProgress>? progress, CancellationToken cancellation) : IDisposable
{
    private readonly List<CorpusPart> parts = [];
    private TokenShardWriter? writer;
    private long words;

    internal IReadOnlyList<CorpusPart> Parts => parts;

    /// <exception cref="DataFormatException">A source is damaged; the parts before the damage stay.</exception>
    internal void Build()
    {
        var at = Resume();
        try
        {
            for (var source = at.Source; source < sources.Count; source++)
            {
                for (var file = source == at.Source ? at.File : 0; file < sources[source].Files.Count; file++)
                {
                    var resumed = source == at.Source && file == at.File;
                    Add(source, file, resumed ? at.ResumeAt : 0, resumed ? at.SkipItems : 0);
                }
            }
        }
        catch (DataFormatException e) when (parts.Count > 0)
        {
            throw new DataFormatException($"{e.Message} ({parts.Count} whole parts are kept; the next run goes on after them)", e);
        }
    }

    public void Dispose() => writer?.Dispose();

    /// <summary>Takes over the parts that are whole and whose sources have not changed up to their ends.</summary>
    private SourcePosition Resume()
    {
        foreach (var abandoned in Directory.GetFiles(folder, "*.partial")) File.Delete(abandoned);
        for (var number = 0; CorpusPart.Load(folder, number) is { } part; number++) parts.Add(part);
        while (parts.Count > 0 && !StillHolds(parts[^1].End)) parts.RemoveAt(parts.Count - 1);
        foreach (var file in Directory.GetFiles(folder, "part-*").Where(file => !parts.Any(part => part.Name == Path.GetFileNameWithoutExtension(file)))) File.Delete(file);
        return parts.Count > 0 ? parts[^1].End : Beginning(0, 0);
    }

    private bool StillHolds(SourcePosition end)
    {
        var known = end.Source < sources.Count ? end.File < sources[end.Source].Files.Count : end is { File: 0 } && end.Source == sources.Count;
        return known && end.FilesBefore == FilesBefore(end.Source, end.File) &&
            (end.Prefix.Bytes == 0 || HashingStream.PrefixOf(sources[end.Source].Files[end.File].Path, end.Prefix.Bytes) == end.Prefix);
    }

    private SourcePosition Beginning(int source, int file) => new(source, file, 0, 0, new FilePrefix(0, ""), FilesBefore(source, file));

    private string FilesBefore(int source, int file)
    {
        var before = sources.Take(source).SelectMany(s => s.Digests).Concat(source < sources.Count ? sources[source].Digests.Take(file) : []);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', before))));
    }

    private void Add(int sourceNumber, int fileNumber, long resumeAt, long skip)
    {
        var source = sources[sourceNumber];
        var file = source.Files[fileNumber];
        var split = source.SplitOf(fileNumber);
        var filesBefore = FilesBefore(sourceNumber, fileNumber);
        var encoder = new DocumentEncoder(options.Tokenizer, options.Form, source.LinesAreSentences);
        var encoded = OrderedParallel.Select(
            file.Chunks(resumeAt, options.Threads, cancellation),
            chunk => (Chunk: chunk, Documents: Encoded(chunk)),
            options.Threads,
            cancellation);
        foreach (var (chunk, documents) in encoded)
        {
            foreach (var document in documents.Where(document => document.Ids.Length > 0))
            {
                writer ??= new TokenShardWriter(CorpusPart.ShardPath(folder, CorpusPart.NameOf(parts.Count)), options.Form);
                writer.AddDocument(document.Ids, document.SegmentEnds);
                words += document.Words;
                if (words < options.WordsPerPart) continue;
                Complete(source, split, new SourcePosition(sourceNumber, fileNumber, chunk.ResumeAt, chunk.FirstItem + document.Item + 1, chunk.Prefix, filesBefore));
            }
            Report(file, chunk);
            cancellation.ThrowIfCancellationRequested();
        }

        List<EncodedDocument> Encoded(SourceChunk chunk)
        {
            var documents = Wanted(file, chunk, resumeAt, skip).Select(encoder.Encode).ToList();
            chunk.Release();
            return documents;
        }

        // A part runs on from file to file, up to the end of the source or of the split.
        var last = fileNumber + 1 == source.Files.Count;
        if (last || source.SplitOf(fileNumber + 1) != split) Complete(source, split, last ? Beginning(sourceNumber + 1, 0) : Beginning(sourceNumber, fileNumber + 1));
    }

    private void Report(ISourceFile file, SourceChunk chunk) => progress?.Report(new CorpusProgress(
        file.Path, chunk.Prefix.Bytes, new FileInfo(file.Path).Length, parts.Sum(p => p.Words) + words, parts.Sum(p => p.Documents) + (writer?.DocumentCount ?? 0), parts.Count));

    /// <summary>Documents after those that a resumed run skips; the text of the skipped ones is not converted where whole chunks fall away.</summary>
    private static IEnumerable<TextDocument> Wanted(ISourceFile file, SourceChunk chunk, long resumeAt, long skip)
    {
        var skipHere = chunk.ResumeAt == resumeAt ? skip - chunk.FirstItem : 0;
        return skipHere >= chunk.Items ? [] : file.Documents(chunk).Where(document => document.Item >= skipHere);
    }

    private void Complete(SourceFileList source, string? split, SourcePosition end)
    {
        if (writer is null) return;
        var (ids, documents) = (writer.IdCount, writer.DocumentCount);
        var digest = writer.Complete();
        writer.Dispose();
        writer = null;
        var part = new CorpusPart(CorpusPart.NameOf(parts.Count), source.Source.Name, split, words, documents, ids, digest, end);
        part.Save(folder);
        parts.Add(part);
        words = 0;
    }
}

/// <summary>The files of a source, opened for reading.</summary>
internal sealed record SourceFileList(CorpusSource Source, IReadOnlyList<ISourceFile> Files, IReadOnlyList<string> Digests, bool LinesAreSentences, Func<int, string?> SplitOf);
