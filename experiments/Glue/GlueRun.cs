// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;
using Yoso.Data.Glue;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Glue;

/// <summary>One cell of the GLUE table, complete: data, encoder and its pre-training, and the search that fine-tunes it.</summary>
internal sealed record GlueRun : RunConfiguration
{
    private static readonly string[] OwnFiles = [.. new[]
    {
        "Glue/GlueEncoding", "Glue/GlueBatch", "Glue/GlueFineTuning", "Glue/GlueGrid", "Glue/GlueSearch", "Glue/ImportedStart", "Pretraining/StartingWeights",
    }.Select(n => $"experiments/{n}.cs")];

    public required GlueChoice Data { get; init; }
    public required LanguageModelOptions Network { get; init; }

    /// <summary>The corpus whose vocabulary the texts are read with.</summary>
    public required CorpusChoice Vocabulary { get; init; }
    public required GlueGrid Grid { get; init; }

    /// <summary>The pre-trained model, "bert/softmax"; null fine-tunes from random weights, for comparison.</summary>
    public string? Pretraining { get; init; }

    /// <summary>Seed of the pre-training: one model is fine-tuned with every seed, as upstream.</summary>
    public int PretrainingSeed { get; init; } = 1;

    /// <summary>Upstream's RoBERTa classifier passes no attention mask: padding up to the longest length is computed and attended to.</summary>
    public bool PaddingIsAttendedTo { get; init; }

    /// <summary>Matrix products in bfloat16, everything else in float32.</summary>
    public bool Bfloat16 { get; init; }

    [JsonIgnore]
    public GlueTaskInfo Info => GlueTaskInfo.Of(Data.Task);

    /// <summary>Of one grid point are unknown until the data is read; plans count points.</summary>
    [JsonIgnore]
    public override int PlannedSteps => Grid.Points.Count;

    [JsonIgnore]
    public override string Precision => Bfloat16 ? "bfloat16-autocast" : "float32";

    [JsonIgnore]
    public override object DataKey => (Data, Vocabulary);

    public override IEnumerable<string> Problems() => Network.Problems().Concat(Grid.Problems());

    public override bool Reaches(string path) => OwnFiles.Contains(path) || SourceSets.TrainingReaches(path, Network.Attention);

    public override string? FindData(DataPlace place) => Data.Find(place, Vocabulary);

    public override DataToFetch? ToFetch(DataPlace place) => Data.ToFetch(place);

    public override IRunData PrepareData(DataPlace place, IProgress<double>? progress, CancellationToken cancellationToken) => Data.Prepare(place, Vocabulary, cancellationToken);

    public override IReadOnlyList<Job> Needs(Job job) => Pretraining is null
        ? []
        : [job with { Suite = PretrainSuite.SuiteName, Task = Pretraining.Split('/')[0], Model = Pretraining.Split('/')[1], Seed = PretrainingSeed }];

    public override RunOutcome Execute(RunContext context, CancellationToken cancellationToken)
    {
        var data = (GlueRunData)context.Data;
        foreach (var notice in data.Notices)
        {
            context.Events.Publish(new Note(notice));
        }

        return new GlueSearch(this, data, context).Run(cancellationToken);
    }
}
