// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text.Json.Serialization;
using TorchSharp;
using Yoso.Data;
using Yoso.Experiments.LongRangeArena.StepTimes;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;
using Yoso.Reports.Records;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>One cell of the LRA table, complete: data, network, training and protocol.</summary>
internal sealed record LraRun : RunConfiguration
{
    private static readonly string[] OwnFiles = ["experiments/LongRangeArena/LraTask.cs", "experiments/LongRangeArena/LraBatch.cs", "experiments/Training/Prefetched.cs"];

    public required LraData Data { get; init; }
    public required LraClassifierOptions Network { get; init; }
    public required TrainingOptions Training { get; init; }
    public required LraProtocol Protocol { get; init; }

    [JsonIgnore]
    public override int PlannedSteps => Training.Steps;

    [JsonIgnore]
    public override object DataKey => Data;

    public override IEnumerable<string> Problems() => Data.Problems().Concat(Network.Problems()).Concat(Training.Problems());

    public override bool Reaches(string path) => OwnFiles.Contains(path) || SourceSets.TrainingReaches(path, Network.Attention);

    public override double? EstimateSeconds(string output, string device) => Estimate(output, device)?.Seconds;

    public override string? EstimatedFrom(string output, string device) => Estimate(output, device) is { } estimate && estimate.Model != Model ? estimate.Model : null;

    private StepTimeEstimate? Estimate(string output, string device) =>
        device == "cpu" ? StepTimeEstimate.Of(this, StepTimeTable.Own(output), StepTimeTable.Committed.Value) : null;

    public override string? FindData(DataPlace place) => Data.Find(place);

    public override DataToFetch? ToFetch(DataPlace place) => Data.ToFetch(place);

    public override IRunData PrepareData(DataPlace place, IProgress<double>? progress, CancellationToken cancellationToken) => new ClassificationRunData(Data.Prepare(place, cancellationToken));

    /// <summary>"clean": every test example, a dev split apart from test, black pixels as tokens, a mean over the tokens that there are.</summary>
    public override RunConfiguration Under(string protocol) => protocol != "clean" ? base.Under(protocol) : this with
    {
        Data = Data.Clean(),
        Network = Network with { MeanDivisor = MeanDivisor.TokenCount },
        Protocol = new LraProtocol { Name = protocol, DropLastTestBatch = false, DevBatches = null, MaskBlackPixels = false },
    };

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
            Baselines = Data.Baselines(data, scored),
            Protocol = Describe(data, task, result.BestStep),
            ParameterCount = task.Parameters.Sum(p => p.numel()),
            Steps = Training.Steps,
            SecondsPerStep = result.SecondsPerStep,
        };
    }

    private RunProtocol Describe(ClassificationData data, LraTask task, int bestStep)
    {
        var options = new Dictionary<string, string>
        {
            ["mean-divisor"] = Network.MeanDivisor == MeanDivisor.PaddedLength ? "padded-length" : "token-count",
            ["dev-order"] = "fixed",
            ["dev-examples"] = $"{task.EvaluatedExamples("dev").Count} of {data.Dev.Count}",
            ["hash-draws-in-evaluation"] = "one, fixed by the seed",
            ["best-step"] = bestStep.ToString(CultureInfo.InvariantCulture),
        };
        if (Data.HasBlackPixels)
        {
            options["black-pixels"] = Protocol.MaskBlackPixels ? "masked" : "tokens";
        }

        return new RunProtocol
        {
            Name = Protocol.Name,
            SelectionSplit = data.Dev.Digest == data.Test.Digest ? "dev, which is the test split" : "dev",
            CheckpointRule = "best-dev-accuracy",
            DropLastTestBatch = Protocol.DropLastTestBatch,
            TestExamplesScored = task.EvaluatedExamples("test").Count,
            TestExamples = data.Test.Count,
            Precision = Precision,
            Options = options,
        };
    }
}

/// <summary>Upstream's evaluation rules as named options (docs/architecture.md): neither silently fixed nor silently kept. The defaults are upstream's.</summary>
internal sealed record LraProtocol
{
    /// <summary>"paper" when all values are upstream's, "clean" when none of the shortcuts is taken.</summary>
    public string Name { get; init; } = "paper";

    /// <summary>Upstream scores whole test batches only: 1,984 of 2,000 ListOps examples.</summary>
    public bool DropLastTestBatch { get; init; } = true;

    /// <summary>
    /// Whole dev batches of one evaluation, all at most; null scores every dev example. Upstream visits them in a new order each
    /// time and may go round several times (Pathfinder); here the order is fixed and each is seen once.
    /// </summary>
    public int? DevBatches { get; init; } = 62;

    /// <summary>Pixels of value 0 are left out as if they were padding.</summary>
    public bool MaskBlackPixels { get; init; } = true;
}
