// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;
using Yoso.Data;
using Yoso.Data.ListOps;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>ListOps: LRA's own trees where the release is at hand and the options are LRA's, else generated ones.</summary>
internal sealed record ListOpsTrees : LraData
{
    /// <summary>The published 37 % of seven mechanisms is the root operator's; the trees show what more there is to learn.</summary>
    private const int DeepestTree = 3;

    public required ListOpsOptions Options { get; init; }

    [JsonIgnore]
    public override (int Dev, int Test) HeldOut => (Options.DevCount, Options.TestCount);

    public override IEnumerable<string> Problems() => Options.Problems();

    public override string? Find(DataPlace place) => ListOpsDataSet.Find(Options, place.Root, OriginalFiles.Release(place, "listops-1000"))?.Digest;

    public override ClassificationData Prepare(DataPlace place, CancellationToken cancellationToken) => ListOpsDataSet.Prepare(
        Options, place.Root, OriginalFiles.Release(place, "listops-1000"), progress: OriginalFiles.Fraction(place, "ListOps: generating trees"), cancellation: cancellationToken);

    public override IEnumerable<(string Rule, double Accuracy)> Rules(SequenceDataset train, SequenceDataset scored) =>
        ListOpsBaselines.Score(train, scored, DeepestTree).Select(r => (r.Rule.Replace(' ', '-'), r.AccuracyPercent));
}
