// SPDX-License-Identifier: MIT
using Yoso.Data.Glue;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Pretraining;
using Yoso.Experiments.Training;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Glue;

/// <summary>
/// The rows of the GLUE table: a model of the pretrain suite is fine-tuned ("softmax"; "roberta-softmax" for upstream's RoBERTa
/// path), weights of another program are ("yoso-32-imported"), or its encoder is trained from random weights ("softmax-scratch").
/// </summary>
internal static class GlueConfigurations
{
    private const string Scratch = "-scratch", Imported = "-imported", Roberta = "roberta-";

    /// <exception cref="ArgumentException">There is no such task or model.</exception>
    public static GlueRun Resolve(string task, string model, string scale)
    {
        var info = GlueTaskInfo.Find(task) ?? throw new ArgumentException($"no configuration for task '{task}'", nameof(task));
        var style = model.StartsWith(Roberta, StringComparison.Ordinal) ? "roberta" : "bert";
        var encoder = Names.WithoutStep(model[(style == "roberta" ? Roberta.Length : 0)..]);
        var scratch = encoder.EndsWith(Scratch, StringComparison.Ordinal);
        var imported = encoder.EndsWith(Imported, StringComparison.Ordinal);
        encoder = scratch ? encoder[..^Scratch.Length] : imported ? encoder[..^Imported.Length] : encoder;
        var pretraining = PretrainConfigurations.Resolve(style, encoder, scale);
        var isRoberta = pretraining.Network.Style == LanguageModelStyle.Roberta;
        var paper = new GlueRun
        {
            Task = task,
            Model = model,
            Scale = scale,
            Data = new GlueChoice { Task = info.Task, Samples = scale != "paper", Weights = imported ? $"{style}/{encoder}" : null },
            Network = pretraining.Network,
            Vocabulary = pretraining.Corpus,
            Grid = new GlueGrid { Schedule = isRoberta ? ScheduleKind.OneCycle : ScheduleKind.Constant },
            Pretraining = scratch || imported ? null : $"{style}/{encoder}",
            StartStep = scratch || imported ? null : Names.StartStep(model),
            PaddingIsAttendedTo = isRoberta,
        };
        return scale switch
        {
            "paper" => paper,
            "nightly" => paper with { Data = paper.Data with { TrainLimit = 2400 }, Grid = paper.Grid with { LearningRates = [1e-4, 3e-4], BatchSizes = [32] } },
            "smoke" => paper with
            {
                Data = paper.Data with { TrainLimit = 1200 },
                Grid = paper.Grid with { LearningRates = [5e-4, 1e-3], BatchSizes = [32], Epochs = 6 },
            },
            _ => throw new ArgumentException($"no scale '{scale}'", nameof(scale)),
        };
    }
}
