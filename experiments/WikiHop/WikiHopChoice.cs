// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Yoso.Data;
using Yoso.Data.Glue;
using Yoso.Experiments.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.WikiHop;

/// <summary>How much of WikiHop's two labelled files is used; they come from a mirror folder, since the publisher's are behind a form.</summary>
internal sealed record WikiHopChoice
{
    private static readonly string[] Folders = ["wikihop", Path.Combine("qangaroo_v1.1", "wikihop")];

    /// <summary>Items from the file's start; 0 for all.</summary>
    public int TrainLimit { get; init; }

    /// <inheritdoc cref="TrainLimit"/>
    public int DevLimit { get; init; }

    /// <summary>Weights that were imported, "roberta/yoso-32-4096": they count as data, so that other weights give another run. Null: there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Weights { get; init; }

    private static string Advice =>
        $"wikihop/train.json and wikihop/dev.json in a folder named by --data-mirror: download QAngaroo v1.1 by hand from {WikiHopData.Address} and unpack it there (docs/glue.md)";

    /// <summary>What only a person can put there, null when it is there.</summary>
    public DataToFetch? ToFetch(DataPlace place) => Folder(place) is null
        ? new DataToFetch(Advice, WikiHopData.Licence, ByHand: true)
        : Weights is null ? null : ImportedStart.ToFetch(place, Weights);

    /// <summary>Null where the files are not there.</summary>
    public string? Find(DataPlace place, CorpusChoice vocabulary) => ToFetch(place) is null && vocabulary.VocabularyDigest(place) is { } digest ? Digest(place, digest) : null;

    /// <exception cref="DataFormatException">A file is missing or damaged, or an item has no answer; the message says which.</exception>
    /// <param name="vocabulary">What the texts are read with: part of the digest, so that another vocabulary is another run.</param>
    public WikiHopRunData Load(DataPlace place, CorpusChoice vocabulary)
    {
        var digest = Digest(place, vocabulary.Tokenizer(place).Digest);
        return new WikiHopRunData(this, place, vocabulary, digest, Open(place, "train.json", TrainLimit), Open(place, "dev.json", DevLimit))
        {
            Weights = Weights is null ? null : ImportedStart.Locate(place, Weights),
        };
    }

    /// <summary>Of the files, not of what is read from them: plans ask for it.</summary>
    private string Digest(DataPlace place, string vocabulary)
    {
        string[] files = [Locate(place, "train.json"), Locate(place, "dev.json"), .. Weights is null ? Array.Empty<string>() : [ImportedStart.Locate(place, Weights)]];
        var text = $"train {TrainLimit} dev {DevLimit} vocabulary {vocabulary}\n{string.Join('\n', files.Select(f => DataSourceFiles.Describe(f).Sha256))}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    private static IReadOnlyList<WikiHopItem> Open(DataPlace place, string name, int limit)
    {
        var path = Locate(place, name);
        var all = WikiHopData.Load(path);
        var items = limit > 0 && limit < all.Count ? [.. all.Take(limit)] : all;
        var unanswered = items.FirstOrDefault(i => i.Answer < 0);
        return unanswered is null ? items : throw new DataFormatException($"{path}: item {unanswered.Id} has no answer, so it can neither train nor score; put WikiHop's own {name} there");
    }

    private static string Locate(DataPlace place, string name) => Folder(place) is { } folder ? Path.Combine(folder, name) : throw new DataFormatException(Advice);

    private static string? Folder(DataPlace place) => place.MirrorFolder is not { } mirror
        ? null
        : Folders.Select(f => Path.Combine(mirror, f)).FirstOrDefault(f => File.Exists(Path.Combine(f, "train.json")) && File.Exists(Path.Combine(f, "dev.json")));
}

/// <summary>WikiHop's files as read.</summary>
internal sealed class WikiHopRunData(WikiHopChoice choice, DataPlace place, CorpusChoice vocabulary, string digest, IReadOnlyList<WikiHopItem> train, IReadOnlyList<WikiHopItem> dev) : IRunData
{
    public DataPlace Place => place;
    public IReadOnlyList<WikiHopItem> Train => train;
    public IReadOnlyList<WikiHopItem> Dev => dev;

    /// <summary>The file of imported weights; null where the run starts otherwise.</summary>
    public string? Weights { get; init; }

    public DataManifest Manifest { get; } = new()
    {
        Name = "wikihop",
        Kind = DataKind.Original,
        Digest = digest,
        Licence = WikiHopData.Licence,
        Source = $"QAngaroo v1.1, WikiHop ({WikiHopData.Address})",
        TrainCount = train.Count,
        DevCount = dev.Count,
        TestCount = 0,
    };

    public DataDescription Description => Manifest.Describe();

    public bool IsWhole() => choice.Find(place, vocabulary) == Manifest.Digest;
}
