// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests;

/// <summary>Small batches, the same at every run.</summary>
internal static class Batches
{
    public static readonly Seed Seed = new(20260101);

    /// <summary>The mechanisms that the paper compares YOSO with, small enough that every branch is taken at 48 positions.</summary>
    public static (string Name, AttentionOptions Options)[] Efficient =>
    [
        ("linear", new LinearOptions()),
        ("linformer", new LinformerOptions { ProjectedLength = 7, SequenceLength = 2048 }),
        ("longformer", new LongformerOptions { WindowSize = 6 }),
        ("longformer local", new LongformerOptions { WindowSize = 10, FirstTokenIsGlobal = false }),
        ("nystromformer", new NystromformerOptions { LandmarkCount = 5 }),
        ("nystromformer conv", new NystromformerOptions { LandmarkCount = 6, ConvWindow = 5, InverseScale = NystromInverseScale.Matrix }),
        ("performer", new PerformerOptions { FeatureCount = 21, HeadDim = 8 }),
        ("performer unmasked", new PerformerOptions { FeatureCount = 16, HeadDim = 8, MaskedKeysCount = false }),
        ("performer relu", new PerformerOptions { FeatureCount = 12, HeadDim = 8, Kernel = PerformerKernel.Relu }),
        ("reformer", new ReformerOptions { ChunkLength = 4 }),
        ("reformer exact", new ReformerOptions { ChunkLength = 4096 }),
    ];

    /// <summary>One of each mechanism, and the options that change its mathematics.</summary>
    public static readonly (string Name, AttentionOptions Options)[] Attentions =
    [
        ("none", new NoneOptions()),
        ("softmax", new SoftmaxOptions()),
        ("yoso-e", new YosoExpectationOptions { HashCodeLength = 5 }),
        ("yoso-e conv", new YosoExpectationOptions { HashCodeLength = 5, ConvWindow = 5 }),
        ("yoso", new YosoOptions { HashCount = 8, HashCodeLength = 3 }),
        ("yoso conv", new YosoOptions { HashCount = 8, HashCodeLength = 3, ConvWindow = 33 }),
        ("yoso sampled", new YosoOptions { HashCount = 8, HashCodeLength = 3, GradientMode = YosoGradientMode.Sampled }),
        ("yoso spread", new YosoOptions { HashCount = 8, HashCodeLength = 3, HashSampler = HashSampler.Spread }),
        .. Efficient,
    ];

    public static AttentionOptions Named(string name) => Attentions.Single(a => a.Name == name).Options;

    public static TheoryData<string> Names() => [.. Attentions.Select(a => a.Name)];

    public static Tensor Normal(Seed seed, params long[] shape)
    {
        using var generator = new TorchSharp.torch.Generator(seed.Value >> 1);
        return randn(shape, generator: generator);
    }

    public static LraClassifierOptions Small(AttentionOptions attention) =>
        new() { VocabularySize = 20, PaddedLength = 48, ClassCount = 4, Dim = 16, HiddenDim = 24, HeadCount = 2, HeadDim = 8, DropoutProbability = 0.1, Attention = attention };

    /// <summary>Tokens 1 .. vocabulary - 1 at increasing positions with gaps, as masked tokens leave them.</summary>
    public static PackedTokens Tokens(Seed seed, int vocabulary, int paddedLength, params int[] lengths)
    {
        var random = new Random((int)(seed.Value >> 33));
        var ids = new List<long>();
        var positions = new List<long>();
        foreach (var length in lengths)
        {
            var chosen = Enumerable.Range(0, paddedLength).Select(i => (long)i).ToArray();
            random.Shuffle(chosen);
            positions.AddRange(chosen.Take(length).Order());
            ids.AddRange(Enumerable.Range(0, length).Select(_ => (long)random.Next(1, vocabulary)));
        }

        return new PackedTokens(tensor(ids.ToArray()), tensor(positions.ToArray()), SequenceOffsets.FromLengths(lengths), paddedLength);
    }

    public static AttentionContext Context(SequenceOffsets offsets, Seed seed)
    {
        var positions = new List<long>();
        for (var i = 0; i < offsets.Count; i++)
        {
            positions.AddRange(Enumerable.Range(0, offsets.Length(i)).Select(p => (long)p));
        }

        return new AttentionContext(offsets, tensor(positions.ToArray()), Math.Max(1, offsets.MaxLength), seed, Training: true);
    }

    /// <summary>Copies of a model's parameters, of which gradients can be asked, and its buffers, by name.</summary>
    public static Dictionary<string, Tensor> WeightCopies(nn.Module model)
    {
        var weights = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone().requires_grad_(true));
        foreach (var (name, buffer) in model.named_buffers())
        {
            weights[name] = buffer;
        }

        return weights;
    }

    public static double MaxDifference(Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        return a.numel() == 0 && b.numel() == 0 ? 0 : (a - b).abs().max().to_type(float64).item<double>();
    }
}
