// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json.Serialization;
using TorchSharp;
using Yoso.Data.ListOps;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>One cell of the LRA table, complete: data, network, training and protocol.</summary>
internal sealed record LraRun : RunConfiguration
{
    private static readonly string[] OwnFiles = ["experiments/LongRangeArena/LraTask.cs", "experiments/LongRangeArena/LraBatch.cs"];

    public required ListOpsOptions Data { get; init; }
    public required LraClassifierOptions Network { get; init; }
    public required TrainingOptions Training { get; init; }
    public required LraProtocol Protocol { get; init; }

    [JsonIgnore]
    public override int PlannedSteps => Training.Steps;

    [JsonIgnore]
    public override object DataKey => Data;

    public override IEnumerable<string> Problems() => Data.Problems().Concat(Network.Problems()).Concat(Training.Problems());

    public override bool Reaches(string path) => OwnFiles.Contains(path) || SourceSets.TrainingReaches(path, Network.Attention);

    public override string? FindData(DataPlace place) => ListOpsDataSet.Find(Data, place.Root, place.Mirror)?.Digest;

    public override IRunData PrepareData(DataPlace place, IProgress<double>? progress, CancellationToken cancellationToken) =>
        new ClassificationRunData(ListOpsDataSet.Prepare(Data, place.Root, place.Mirror, progress: progress, cancellation: cancellationToken));

    public override RunOutcome Execute(RunContext context, CancellationToken cancellationToken)
    {
        var data = ((ClassificationRunData)context.Data).Splits;
        using var task = new LraTask(this, data, torch.device(context.Job.Device), context.Job.Seed);
        var result = TrainedRun.Train(context, Training, task, cancellationToken);
        var (_, scored) = task.EvaluatedExamples("test");
        return new RunOutcome
        {
            Results =
            [
                new("dev", "accuracy", result.BestDev.Accuracy, result.BestDev.Count), new("dev", "loss", result.BestDev.Loss, result.BestDev.Count),
                new("test", "accuracy", result.Test.Accuracy, result.Test.Count), new("test", "loss", result.Test.Loss, result.Test.Count),
            ],
            Baselines = ListOpsRules.Score(data, scored),
            Protocol = Describe(scored, data.Test.Count, result.BestStep),
            ParameterCount = task.Parameters.Sum(p => p.numel()),
            Steps = Training.Steps,
            SecondsPerStep = result.SecondsPerStep,
        };
    }

    private RunProtocol Describe(int scored, int testExamples, int bestStep) => new()
    {
        Name = Protocol.Name,
        SelectionSplit = "dev",
        CheckpointRule = "best-dev-accuracy",
        DropLastTestBatch = Protocol.DropLastTestBatch,
        TestExamplesScored = scored,
        TestExamples = testExamples,
        Precision = Precision,
        Options = new Dictionary<string, string>
        {
            ["mean-divisor"] = Protocol.MeanDivisor,
            ["dev-order"] = "fixed",
            ["hash-draws-in-evaluation"] = "one, fixed by the seed",
            ["best-step"] = bestStep.ToString(CultureInfo.InvariantCulture),
        },
    };
}

/// <summary>Upstream's evaluation rules as named options (docs/architecture.md): neither silently fixed nor silently kept.</summary>
internal sealed record LraProtocol
{
    /// <summary>"paper" when all values are upstream's.</summary>
    public string Name { get; init; } = "paper";

    /// <summary>Upstream scores whole test batches only: 1,984 of 2,000 ListOps examples.</summary>
    public bool DropLastTestBatch { get; init; } = true;

    /// <summary>Whole dev batches of one evaluation; upstream visits them in a new order each time, here the order is fixed.</summary>
    public int DevBatches { get; init; } = 62;

    /// <summary>The mean over tokens divides by the padded length, so padding counts as zeros.</summary>
    public string MeanDivisor { get; init; } = "padded-length";
}
