// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;
using Yoso.Data;
using Yoso.Experiments.Runs;
using Yoso.Reports.Records;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>What a task's examples are made of, one record for each task.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "set")]
[JsonDerivedType(typeof(ListOpsTrees), "listops")]
[JsonDerivedType(typeof(ByteTexts), "text")]
[JsonDerivedType(typeof(BytePairs), "retrieval")]
[JsonDerivedType(typeof(GreyImages), "image")]
[JsonDerivedType(typeof(PathfinderImages), "pathfinder")]
internal abstract record LraData
{
    /// <summary>Two sequences an example: Retrieval.</summary>
    [JsonIgnore]
    public virtual bool ArePairs => false;

    /// <summary>Id 0 occurs as a token: in images it is black.</summary>
    [JsonIgnore]
    public virtual bool HasBlackPixels => false;

    /// <summary>Dev and test examples.</summary>
    [JsonIgnore]
    public abstract (int Dev, int Test) HeldOut { get; }

    /// <summary>Without upstream's shortcuts in the splits.</summary>
    public virtual LraData Clean() => this;

    public abstract IEnumerable<string> Problems();

    /// <summary>Digest of the prepared data set, null while it is not there.</summary>
    public abstract string? Find(DataPlace place);

    /// <summary>What has to be downloaded first, null when everything is at hand or generated.</summary>
    public virtual DataToFetch? ToFetch(DataPlace place) => null;

    /// <summary>Opens the data set; generates, converts or downloads what is missing.</summary>
    public abstract ClassificationData Prepare(DataPlace place, CancellationToken cancellationToken);

    /// <summary>What rules that know nothing of attention score, in percent.</summary>
    public abstract IEnumerable<(string Rule, double Accuracy)> Rules(SequenceDataset train, SequenceDataset scored);

    /// <summary>The rules on the examples that the model is scored on.</summary>
    public IReadOnlyList<BaselineResult> Baselines(ClassificationData data, int testExamples) =>
        [.. Rules(data.Train, data.Test.Take(testExamples)).Select(r => new BaselineResult(r.Rule, "test", "accuracy", r.Accuracy, testExamples))];
}
