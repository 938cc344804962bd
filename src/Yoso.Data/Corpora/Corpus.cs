// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;

namespace Yoso.Data.Corpora;

/// <summary>Text sources to a memory-mapped corpus of token ids.</summary>
public static class Corpus
{
    private const string Name = "corpus";
    private const string Rules = "corpus-1"; // raised when the same sources give other ids

    /// <summary>Opens the prepared corpus, making it first where it is missing or damaged.</summary>
    /// <remarks>
    /// The result is the same for any number of threads. A run that ended early leaves its whole parts beside the target; the next
    /// one goes on after them, if the sources are the same up to there. Two processes asking for one corpus wait for each other.
    /// </remarks>
    /// <param name="dataRoot">Folder of all prepared data; the corpus gets corpus/digits in it, whole or not at all.</param>
    /// <exception cref="ArgumentException">An option is outside its range.</exception>
    /// <exception cref="DataFormatException">A source is missing, damaged (with the place) or holds no text.</exception>
    public static TokenCorpus Prepare(CorpusOptions options, string dataRoot, IProgress<CorpusProgress>? progress = null, CancellationToken cancellation = default)
    {
        options.Check();
        var files = options.Sources.Select(source => source.Files().Select(DataSourceFiles.Describe).ToList()).ToList();
        var target = Folder(options, files, dataRoot);
        if (TryOpen(target) is { } ready) return ready;

        // The work folder is named without the files' content, so that a repaired dump finds the parts made before the damage.
        var work = Path.Combine(dataRoot, Name, $".{Key(options, files.Select(f => f.Select(file => file with { Sha256 = "" }).ToList()))[..12]}.partial");
        Directory.CreateDirectory(Path.GetDirectoryName(work)!);
        using (Lock(work + ".lock", cancellation))
        {
            if (TryOpen(target) is { } theirs) return theirs;
            Directory.CreateDirectory(work);
            using var builder = new PartBuilder(options, [.. options.Sources.Select((source, i) => Open(source, files[i]))], work, progress, cancellation);
            builder.Build();
            if (builder.Parts.Count == 0) throw new DataFormatException($"{string.Join(", ", options.Sources.Select(s => s.Name))}: no document is long enough to be kept");
            var index = CorpusIndex.Draw(options, builder.Parts);
            index.Save(work);
            Manifest(options, files, index).Save(Path.Combine(work, DataManifest.FileName));
            if (Directory.Exists(target)) Directory.Delete(target, recursive: true);
            Directory.Move(work, target);
        }
        return TokenCorpus.Open(target);
    }

    /// <summary>The manifest of the prepared corpus, null while it is not there.</summary>
    public static DataManifest? Find(CorpusOptions options, string dataRoot) =>
        TryOpen(Folder(options, options.Sources.Select(source => source.Files().Select(DataSourceFiles.Describe).ToList()), dataRoot))?.Manifest;

    private static string Folder(CorpusOptions options, IEnumerable<List<DataSourceFile>> files, string dataRoot) => Path.Combine(dataRoot, Name, Key(options, files)[..12]);

    private static string Key(CorpusOptions options, IEnumerable<List<DataSourceFile>> files) =>
        DataSourceFiles.Key(Rules, options.Rules(), files.SelectMany(list => list));

    private static SourceFileList Open(CorpusSource source, List<DataSourceFile> described)
    {
        var digests = described.Select(file => file.Sha256).ToList();
        switch (source)
        {
            case TextFiles text:
                var train = text.DevPaths.Count > 0 ? text.TrainFileCount() : -1;
                return new SourceFileList(source, [.. source.Files().Select(path => new TextSourceFile(path, text))], digests, text.LinesAreSentences,
                    file => train < 0 ? null : file < train ? "train" : "dev");
            case WikipediaDump dump:
                return new SourceFileList(source, [new DumpSourceFile(dump.Path, dump)], digests, false, _ => null);
            default:
                throw new ArgumentException($"unknown source {source.GetType().Name}");
        }
    }

    private static DataManifest Manifest(CorpusOptions options, List<List<DataSourceFile>> files, CorpusIndex index) => new()
    {
        Name = Name,
        Kind = options.Sources.Any(source => source.Kind == DataKind.Sample) ? DataKind.Sample : DataKind.Original,
        Digest = index.Digest(),
        Licence = string.Join("; ", options.Sources.Select(source => $"{source.Name}: {source.Licence}")),
        Source = string.Join(", ", options.Sources.Select(source => source.Name)),
        Note = options.Sources.Any(source => source.Kind == DataKind.Sample) ? "not the paper's text: perplexities are not comparable with published ones" : null,
        Options = DataManifest.OptionsOf(options.Rules()),
        Files = [.. files.SelectMany(list => list)],
        TrainCount = index.Train.Sum(run => run.Count),
        DevCount = index.Dev.Sum(run => run.Count),
    };

    private static TokenCorpus? TryOpen(string folder)
    {
        if (!File.Exists(Path.Combine(folder, DataManifest.FileName))) return null;
        try
        {
            return TokenCorpus.Open(folder);
        }
        catch (DataFormatException)
        {
            // A damaged cache entry is made anew from its source.
            return null;
        }
    }

    private static FileStream Lock(string path, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException))
            {
                cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(200));
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
