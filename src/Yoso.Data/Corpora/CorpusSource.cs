// SPDX-License-Identifier: MIT
namespace Yoso.Data.Corpora;

/// <summary>Where the text of a corpus comes from.</summary>
public abstract record CorpusSource
{
    /// <summary>Short name in part names and manifest.</summary>
    public required string Name { get; init; }

    /// <summary>SPDX expression, or the terms in words.</summary>
    public required string Licence { get; init; }

    public DataKind Kind { get; init; } = DataKind.Original;

    /// <summary>The files in the order in which they are read.</summary>
    /// <exception cref="DataFormatException">There are none.</exception>
    internal abstract IReadOnlyList<string> Files();

    /// <summary>The rules that decide what becomes of the files, for key and manifest.</summary>
    internal abstract object Rules();

    /// <summary>A Wikipedia dump, pages-articles.xml.bz2 of one or many bzip2 streams, or plain .xml.</summary>
    public static WikipediaDump Wikipedia(string path) => new() { Path = path, Name = "wikipedia", Licence = "CC-BY-SA-4.0" };

    /// <summary>BookCorpus: books_large_p1.txt and books_large_p2.txt in a folder, a sentence a line.</summary>
    public static TextFiles BookCorpus(string folder) => new()
    {
        Paths = [System.IO.Path.Combine(folder, "books_large_p1.txt"), System.IO.Path.Combine(folder, "books_large_p2.txt")],
        Name = "bookcorpus",
        Licence = "unclear: books under their authors' copyright, collected for research",
        LinesAreSentences = true,
    };

    /// <summary>All .txt and .txt.gz files of a folder and those below it, by name: a paragraph a line, a blank line between documents.</summary>
    public static TextFiles TextFolder(string folder, string licence = "as given by its owner") => new() { Paths = [folder], Name = "text", Licence = licence };

    /// <summary>The corpus of the repository's sample pack: speeches and novel chapters, already split.</summary>
    public static TextFiles Samples(string samplesFolder) => new()
    {
        Paths = [System.IO.Path.Combine(samplesFolder, "corpus", "train.txt.gz")],
        DevPaths = [System.IO.Path.Combine(samplesFolder, "corpus", "dev.txt.gz")],
        Name = "samples",
        Licence = "PDDL-1.0 AND CC0-1.0",
        Kind = DataKind.Sample,
    };
}

/// <summary>Articles of a Wikipedia dump; redirects and other namespaces are left out.</summary>
public sealed record WikipediaDump : CorpusSource
{
    public required string Path { get; init; }

    /// <summary>Shorter articles are left out (upstream: 128 words, counted at white space).</summary>
    public int MinWords { get; init; } = 128;

    /// <summary>Keep list items as lines; WikiExtractor's default, and upstream's, is to drop them.</summary>
    public bool KeepLists { get; init; }

    internal override object Rules() => new { kind = "wikipedia", Name, MinWords, KeepLists };

    internal override IReadOnlyList<string> Files() => File.Exists(Path) ? [Path] : throw new DataFormatException($"{Path} does not exist; name the dump (pages-articles.xml.bz2)");
}

/// <summary>Text files, plain or .gz: a paragraph (or sentence) a line, a blank line between documents.</summary>
public sealed record TextFiles : CorpusSource
{
    /// <summary>Files, or folders of which all .txt and .txt.gz are read.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    /// <summary>Files of a dev split that exists already; then none is drawn.</summary>
    public IReadOnlyList<string> DevPaths { get; init; } = [];

    /// <summary>Each line is one segment; otherwise lines are cut into sentences where segments are asked for.</summary>
    public bool LinesAreSentences { get; init; }

    /// <summary>Shorter documents are left out.</summary>
    public int MinWords { get; init; } = 1;

    /// <summary>A document ends after so many lines where no blank line ends it: BookCorpus marks no books.</summary>
    public int MaxLinesPerDocument { get; init; } = 1000;

    internal override object Rules() => new { kind = "text", Name, LinesAreSentences, MinWords, MaxLinesPerDocument, splitAlready = DevPaths.Count > 0 };

    internal override IReadOnlyList<string> Files() => [.. Paths.SelectMany(Expand), .. DevPaths.SelectMany(Expand)];

    internal int TrainFileCount() => Paths.SelectMany(Expand).Count();

    private static IEnumerable<string> Expand(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new DataFormatException($"{path} does not exist; name a text file or a folder of text files");
        var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(file => file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".txt.gz", StringComparison.OrdinalIgnoreCase))
            .Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new DataFormatException($"{path} holds no .txt or .txt.gz files");
    }
}
