// SPDX-License-Identifier: MIT
using System.Numerics;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;

namespace Yoso.Experiments.Efficiency;

/// <summary>The models of upstream's efficiency measurement: one shared block applied six times, and the attentions that are compared.</summary>
internal static class EfficiencyModels
{
    private const int HeadDim = 64;

    /// <summary>Upstream's names; YOSO's are those of our tables, and "none" is the model without attention, which all contain.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        "none", "softmax", "yoso-e", "nystrom-64-conv33", "longformer-128", "linformer-256", "reformer-2", "performer-256", "linear",
        "yoso-16", "yoso-32", "yoso-c-16", "yoso-c-32",
    ];

    /// <summary>Upstream's efficiency/*.py: dim 256, 4 heads of 64, MLP of 1,024, 6 layers with the same weights, 512 symbols, 10 classes.</summary>
    public static LraClassifierOptions Network(string name, int length) => new()
    {
        VocabularySize = 512,
        PaddedLength = length,
        ClassCount = 10,
        Dim = 256,
        HiddenDim = 1024,
        HeadCount = 4,
        HeadDim = HeadDim,
        LayerCount = 6,
        SharedWeights = true,
        Attention = Attention(name, length),
    };

    /// <summary>Code length log2 n, so that buckets hold about one key at every length.</summary>
    private static AttentionOptions Attention(string name, int length)
    {
        var tau = BitOperations.Log2((uint)length);
        return name switch
        {
            "none" => new NoneOptions(),
            "softmax" => new SoftmaxOptions(),
            "yoso-e" => new YosoExpectationOptions { HashCodeLength = tau },
            "nystrom-64-conv33" => new NystromformerOptions { LandmarkCount = 64, ConvWindow = 33 },
            "longformer-128" => new LongformerOptions { WindowSize = 128 },
            "linformer-256" => new LinformerOptions { ProjectedLength = 256, SequenceLength = length },
            "reformer-2" => new ReformerOptions { HashCount = 2 },
            "performer-256" => new PerformerOptions { FeatureCount = 256, HeadDim = HeadDim },
            "linear" => new LinearOptions(),
            "yoso-16" => new YosoOptions { HashCount = 16, HashCodeLength = tau },
            "yoso-32" => new YosoOptions { HashCount = 32, HashCodeLength = tau },
            "yoso-c-16" => new YosoOptions { HashCount = 16, HashCodeLength = tau, ConvWindow = 33 },
            "yoso-c-32" => new YosoOptions { HashCount = 32, HashCodeLength = tau, ConvWindow = 33 },
            _ => throw new ArgumentException($"no efficiency model '{name}'", nameof(name)),
        };
    }
}
