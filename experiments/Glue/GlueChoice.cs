// SPDX-License-Identifier: MIT
using System.Security.Cryptography;
using System.Text;
using Yoso.Data;
using Yoso.Data.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Glue;

/// <summary>Which files of a task are used.</summary>
internal sealed record GlueChoice
{
    public required GlueTask Task { get; init; }

    /// <summary>The sample pack's stand-ins; false for GLUE's own files.</summary>
    public bool Samples { get; init; }

    /// <summary>Training examples from the file's start; 0 for all.</summary>
    public int TrainLimit { get; init; }

    /// <summary>Weights that were imported, "bert/yoso-32": they count as data, so that other weights give another run. Null: there are none.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? Weights { get; init; }

    /// <summary>Where GLUE's own files lie, or would be put.</summary>
    private string Folder(DataPlace place) => GlueOriginals.Find(place, GlueTaskInfo.Of(Task)) ?? Path.Combine(place.Root, "glue");

    /// <summary>What has to be downloaded first, null when everything is at hand.</summary>
    public DataToFetch? ToFetch(DataPlace place) =>
        (Weights is null ? null : ImportedStart.ToFetch(place, Weights)) ?? (Samples ? null : GlueOriginals.ToFetch(place, GlueTaskInfo.Of(Task)));

    /// <summary>As <see cref="Load"/>, after a download where one is needed.</summary>
    public GlueRunData Prepare(DataPlace place, CorpusChoice vocabulary, CancellationToken cancellationToken)
    {
        if (!Samples)
        {
            GlueOriginals.Fetch(place, GlueTaskInfo.Of(Task), cancellationToken);
        }

        return Load(place, vocabulary);
    }

    /// <param name="vocabulary">What the texts are read with: part of the digest, so that another vocabulary is another run.</param>
    /// <exception cref="DataFormatException">A file is missing or damaged; the message says which.</exception>
    public GlueRunData Load(DataPlace place, CorpusChoice vocabulary)
    {
        var info = GlueTaskInfo.Of(Task);
        var weights = Weights is null ? null : ImportedStart.Locate(place, Weights);
        GlueExamples Open(GlueSplit split) => Samples ? GlueData.LoadSample(SampleFolder.Locate(), Task, split) : GlueData.Load(Folder(place), Task, split);
        var train = Open(GlueSplit.Train);
        if (TrainLimit > 0 && TrainLimit < train.Examples.Count)
        {
            train = train with { Examples = [.. train.Examples.Take(TrainLimit)], Digest = $"{train.Digest} first {TrainLimit}" };
        }

        var dev = info.DevSplits.Select(Open).ToArray();
        // Test files have no labels and may be absent: they only give predictions to submit.
        var test = info.TestSplits.Where(s => !Samples && File.Exists(Path.Combine(Folder(place), info.Folder, info.FileName(s)))).Select(Open).ToArray();
        return new GlueRunData(this, place, vocabulary, train, dev, test) { Weights = weights, VocabularyDigest = vocabulary.Tokenizer(place).Digest };
    }

    /// <summary>Null where the files are not there yet.</summary>
    public string? Find(DataPlace place, CorpusChoice vocabulary) =>
        (Weights is null || ImportedStart.Find(place, Weights) is not null) && (Samples || GlueOriginals.Find(place, GlueTaskInfo.Of(Task)) is not null) && vocabulary.VocabularyDigest(place) is not null
            ? Load(place, vocabulary).Manifest.Digest
            : null;
}

/// <summary>A task's files as read.</summary>
internal sealed class GlueRunData(GlueChoice choice, DataPlace place, CorpusChoice vocabulary, GlueExamples train, GlueExamples[] dev, GlueExamples[] test) : IRunData
{
    public DataPlace Place => place;
    public GlueExamples Train => train;
    public IReadOnlyList<GlueExamples> Dev => dev;
    public IReadOnlyList<GlueExamples> Test => test;

    /// <summary>The file of imported weights; null where the run starts otherwise.</summary>
    public string? Weights { get; init; }

    public required string VocabularyDigest { get; init; }

    public DataManifest Manifest => field ??= new()
    {
        Name = $"glue-{GlueTaskInfo.Of(choice.Task).Name}",
        Kind = choice.Samples ? DataKind.Sample : DataKind.Original,
        Digest = Digest(),
        Licence = choice.Samples ? "see samples/LICENSES.md" : "GLUE's terms for each data set (https://gluebenchmark.com)",
        Source = choice.Samples ? $"sample pack, in place of GLUE's {GlueTaskInfo.Of(choice.Task).Folder}" : $"GLUE, {GlueTaskInfo.Of(choice.Task).Folder}",
        TrainCount = train.Examples.Count,
        DevCount = dev.Sum(d => d.Examples.Count),
        TestCount = test.Sum(t => t.Examples.Count),
    };

    public DataDescription Description => Manifest.Describe();

    /// <summary>Left-out rows, one line a file.</summary>
    public IEnumerable<string> Notices => dev.Concat(test).Prepend(train).Select(e => e.Notice).OfType<string>();

    public bool IsWhole()
    {
        try
        {
            return choice.Load(place, vocabulary).Manifest.Digest == Manifest.Digest;
        }
        catch (DataFormatException)
        {
            return false;
        }
    }

    private string Digest()
    {
        IEnumerable<string> parts = dev.Concat(test).Prepend(train).Select(e => $"{e.Split} {e.Digest}").Append($"vocabulary {VocabularyDigest}");
        if (Weights is not null)
        {
            parts = parts.Append($"weights {DataSourceFiles.Describe(Weights).Sha256}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
    }
}

/// <summary>A task's splits as token ids.</summary>
internal sealed record GlueExamplesSet(IReadOnlyList<EncodedExample> Train, IReadOnlyDictionary<GlueSplit, IReadOnlyList<EncodedExample>> Dev);
