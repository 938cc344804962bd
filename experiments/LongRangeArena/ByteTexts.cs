// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;
using Yoso.Data;
using Yoso.Data.Baselines;
using Yoso.Data.Downloads;
using Yoso.Data.Retrieval;
using Yoso.Data.Samples;
using Yoso.Data.Text;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>Text: bytes of film reviews (IMDb), or of the sample pack's mail.</summary>
internal sealed record ByteTexts : LraData
{
    public required ByteTextOptions Options { get; init; }

    /// <summary>The sample pack instead of the benchmark's files.</summary>
    public bool IsSample { get; init; }

    /// <summary>Dev is cut from train; upstream's dev is its test split.</summary>
    public bool DevFromTrain { get; init; }

    [JsonIgnore]
    public override (int Dev, int Test) HeldOut => IsSample ? (400, 400) : (DevFromTrain ? 2_500 : 25_000, 25_000);

    public override LraData Clean() => this with { DevFromTrain = !IsSample };

    public override IEnumerable<string> Problems() => Options.Problems();

    public override string? Find(DataPlace place) => IsSample
        ? Samples().Find(place.Root)?.Digest
        : OriginalFiles.Find(place, KnownFiles.Imdb) is { } archive ? Original(archive).Find(place.Root)?.Digest : null;

    public override DataToFetch? ToFetch(DataPlace place) => IsSample ? null : OriginalFiles.ToFetch(place, KnownFiles.Imdb);

    public override ClassificationData Prepare(DataPlace place, CancellationToken cancellationToken) => IsSample
        ? Samples().Prepare(place.Root)
        : Original(OriginalFiles.Fetch(place, KnownFiles.Imdb, cancellationToken)).Prepare(place.Root);

    public override IEnumerable<(string Rule, double Accuracy)> Rules(SequenceDataset train, SequenceDataset scored) =>
        [("majority-class", SequenceBaselines.MajorityClass(train, scored)), ("bag-of-bytes", SequenceBaselines.BagOfBytes(train, scored))];

    private DataSource Samples() => SampleData.Text(Options, SampleFolder.Locate());

    private DataSource Original(string archive) => ImdbDataSet.FromArchive(Options, archive, DevFromTrain);
}

/// <summary>Retrieval: pairs of papers (ACL Anthology Network), or of the sample pack's speeches.</summary>
internal sealed record BytePairs : LraData
{
    public required ByteTextOptions Options { get; init; }

    /// <summary>The sample pack instead of the benchmark's files.</summary>
    public bool IsSample { get; init; }

    /// <summary>Pairs of sample speeches that are drawn; null for the sample pack's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public SpeechPairOptions? Drawn { get; init; }

    [JsonIgnore]
    public override bool ArePairs => true;

    [JsonIgnore]
    public override (int Dev, int Test) HeldOut => IsSample ? (Drawn?.DevCount ?? 400, Drawn?.TestCount ?? 400) : (18_090, 17_437);

    public override IEnumerable<string> Problems() => Drawn is not null && !IsSample ? ["Drawn pairs are of the sample pack; IsSample must be true"] : Options.Problems().Concat(Drawn?.Problems() ?? []);

    public override string? Find(DataPlace place) => IsSample
        ? Samples().Find(place.Root)?.Digest
        : OriginalFiles.Release(place, "tsv_data") is { } release ? AanDataSet.FromFolder(Options, release).Find(place.Root)?.Digest : null;

    public override DataToFetch? ToFetch(DataPlace place) =>
        IsSample || OriginalFiles.Release(place, "tsv_data") is not null ? null : OriginalFiles.ToFetch(place, KnownFiles.LongRangeArena);

    public override ClassificationData Prepare(DataPlace place, CancellationToken cancellationToken) => IsSample
        ? Samples().Prepare(place.Root)
        : AanDataSet.FromFolder(Options, OriginalFiles.FetchRelease(place, "tsv_data", cancellationToken)).Prepare(place.Root);

    public override IEnumerable<(string Rule, double Accuracy)> Rules(SequenceDataset train, SequenceDataset scored) =>
        [("majority-class", SequenceBaselines.MajorityClass(train, scored)), ("tf-idf-similarity", SequenceBaselines.SimilarityThreshold(train, scored))];

    private DataSource Samples() => SampleData.Retrieval(Options, SampleFolder.Locate(), Drawn);
}
