// SPDX-License-Identifier: MIT
using Yoso.Data.ListOps;
using Yoso.Data.Pathfinder;
using Yoso.Data.Text;
using Yoso.Experiments.Training;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.LongRangeArena;

/// <summary>The rows of the paper's LRA table as named records; values are those of upstream's LRA/models/*/config.json.</summary>
internal static class LraConfigurations
{
    /// <summary>ListOps (Nangia and Bowman 2018): 96,000 trees of 500 to 2,000 tokens.</summary>
    public static LraRun ListOps { get; } = new()
    {
        Task = "listops",
        Model = "softmax",
        Scale = "paper",
        Data = new ListOpsTrees { Options = new ListOpsOptions() },
        Network = Network(vocabularySize: 32, paddedLength: 2048, classCount: 10),
        Training = new TrainingOptions { BatchSize = 32, MicroBatchSize = 4, Steps = 5000, WarmupSteps = 1000, LearningRate = 1e-4, EvaluateEvery = 50 },
        Protocol = new LraProtocol { DevBatches = 62 },
    };

    /// <summary>Text: is a film review of up to 4,000 bytes positive (IMDb, Maas et al. 2011)?</summary>
    public static LraRun Text { get; } = new()
    {
        Task = "text",
        Model = "softmax",
        Scale = "paper",
        Data = new ByteTexts { Options = new ByteTextOptions() },
        Network = Network(vocabularySize: 512, paddedLength: 4096, classCount: 2),
        Training = new TrainingOptions { BatchSize = 32, Steps = 20000, WarmupSteps = 8000, LearningRate = 1e-4, EvaluateEvery = 500 },
        Protocol = new LraProtocol { DevBatches = 781 },
    };

    /// <summary>Retrieval: does one of two papers, 4,000 bytes of each, cite the other (ACL Anthology Network, Radev et al. 2013)?</summary>
    public static LraRun Retrieval { get; } = new()
    {
        Task = "retrieval",
        Model = "softmax",
        Scale = "paper",
        Data = new BytePairs { Options = new ByteTextOptions() },
        Network = Network(vocabularySize: 512, paddedLength: 4096, classCount: 2),
        Training = new TrainingOptions { BatchSize = 32, Steps = 30000, WarmupSteps = 800, LearningRate = 1e-4, EvaluateEvery = 300, MicroBatchSize = 8 },
        Protocol = new LraProtocol { DevBatches = 565 },
    };

    /// <summary>Image: CIFAR-10 as 1,024 grey values (Krizhevsky 2009).</summary>
    public static LraRun Image { get; } = new()
    {
        Task = "image",
        Model = "softmax",
        Scale = "paper",
        Data = new GreyImages(),
        Network = Network(vocabularySize: 512, paddedLength: 1024, classCount: 10),
        Training = new TrainingOptions { BatchSize = 256, Steps = 35000, WarmupSteps = 175, LearningRate = 1e-4, EvaluateEvery = 175, MicroBatchSize = 64 },
        Protocol = new LraProtocol { DevBatches = 20 },
    };

    /// <summary>Pathfinder: are two discs joined by a contour of 14 dashes, 32 x 32 pixels (Linsley et al. 2018)?</summary>
    public static LraRun Pathfinder { get; } = new()
    {
        Task = "pathfinder",
        Model = "softmax",
        Scale = "paper",
        Data = new PathfinderImages { Options = new PathfinderOptions(), PreferRelease = true },
        Network = Network(vocabularySize: 512, paddedLength: 1024, classCount: 2),
        Training = new TrainingOptions { BatchSize = 256, Steps = 62400, WarmupSteps = 312, LearningRate = 1e-4, EvaluateEvery = 312, MicroBatchSize = 64 },
        Protocol = new LraProtocol { DevBatches = 312 },
    };

    /// <summary>The tasks at paper scale, in the paper's order.</summary>
    public static IReadOnlyList<LraRun> Tasks { get; } = [ListOps, Text, Retrieval, Image, Pathfinder];

    /// <summary>The run of a model on a task at a scale; names are those of <see cref="Catalog.Names"/>.</summary>
    public static LraRun Resolve(string task, string model, string scale)
    {
        var paper = Tasks.FirstOrDefault(t => t.Task == task) ?? throw new ArgumentException($"no configuration for task '{task}'", nameof(task));
        var scaled = LraScales.Apply(paper, scale);
        return scaled with { Model = model, Network = scaled.Network with { Attention = Attention(model, scaled.Network) } };
    }

    /// <summary>Upstream's hash code length is log2 of the padded length on every LRA task: 11 on ListOps, 12 on texts, 10 on images.</summary>
    public static int HashCodeLength(int paddedLength) => (int)Math.Round(Math.Log2(paddedLength));

    private static LraClassifierOptions Network(int vocabularySize, int paddedLength, int classCount) =>
        new() { VocabularySize = vocabularySize, PaddedLength = paddedLength, ClassCount = classCount, Attention = new SoftmaxOptions() };

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
