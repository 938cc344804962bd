// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;
using Yoso.Experiments.Training;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>The rows of the paper's LRA table as named records; values are those of upstream's LRA/models/*/config.json.</summary>
internal static class LraConfigurations
{
    /// <summary>ListOps (LRA, Nangia and Bowman 2018): 96,000 trees of 500 to 2,000 tokens, 5,000 steps of 32.</summary>
    public static LraRun ListOps { get; } = new()
    {
        Task = "listops",
        Model = "softmax",
        Scale = "paper",
        Data = new ListOpsOptions(),
        Network = new LraClassifierOptions { VocabularySize = 32, PaddedLength = 2048, ClassCount = 10, Attention = new SoftmaxOptions() },
        Training = new TrainingOptions { BatchSize = 32, Steps = 5000, WarmupSteps = 1000, LearningRate = 1e-4, EvaluateEvery = 50 },
        Protocol = new LraProtocol(),
    };

    /// <summary>The run of a model on a task at a scale; names are those of <see cref="Catalog.Names"/>.</summary>
    public static LraRun Resolve(string task, string model, string scale)
    {
        var paper = task switch
        {
            "listops" => ListOps,
            _ => throw new ArgumentException($"no configuration for task '{task}'", nameof(task)),
        };
        var scaled = LraScales.Apply(paper, scale);
        return scaled with { Model = model, Network = scaled.Network with { Attention = Attention(model, scaled.Network) } };
    }

    /// <summary>Upstream's hash code length is log2 of the padded length on every LRA task: 11 on ListOps.</summary>
    public static int HashCodeLength(int paddedLength) => (int)Math.Round(Math.Log2(paddedLength));

    private static AttentionOptions Attention(string model, LraClassifierOptions network)
    {
        var tau = HashCodeLength(network.PaddedLength);
        return model switch
        {
            "none" => new NoneOptions(),
            "softmax" => new SoftmaxOptions(),
            "yoso-e" => new YosoExpectationOptions { HashCodeLength = tau },
            // Widths of upstream's configurations; Longformer's, which has none for LRA, is that of the efficiency measurement.
            "nystromformer" => new NystromformerOptions { LandmarkCount = 64, ConvWindow = 35 },
            "longformer" => new LongformerOptions { WindowSize = 128 },
            "linformer" => new LinformerOptions { ProjectedLength = 256, SequenceLength = network.PositionCount },
            "reformer" => new ReformerOptions { HashCount = 2 },
            "performer" => new PerformerOptions { FeatureCount = 256, HeadDim = network.HeadDim },
            "linear" => new LinearOptions(),
            "yoso-16" => new YosoOptions { HashCount = 16, HashCodeLength = tau },
            "yoso-32" => new YosoOptions { HashCount = 32, HashCodeLength = tau },
            "yoso-c-16" => new YosoOptions { HashCount = 16, HashCodeLength = tau, ConvWindow = 33 },
            "yoso-c-32" => new YosoOptions { HashCount = 32, HashCodeLength = tau, ConvWindow = 33 },
            _ => throw new ArgumentException($"no configuration for model '{model}'", nameof(model)),
        };
    }
}
