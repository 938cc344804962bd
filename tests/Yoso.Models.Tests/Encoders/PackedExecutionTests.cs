// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>Computing only the tokens that count changes nothing: values and gradients of every weight, in float64.</summary>
public class PackedExecutionTests
{
    // float64 arithmetic of some 10^5 operations a value, whose rounding adds up to 1e-16 · sqrt(10^5) of terms of size 100.
    private const double Rounding = 1e-11;

    public static TheoryData<string, int[]> Cases()
    {
        var cases = new TheoryData<string, int[]>();
        foreach (var (name, _) in Batches.Attentions)
        {
            cases.Add(name, [31, 1, 0, 48, 5, 17]);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void LogitsAndGradients_EqualPaddedExecution(string attention, int[] lengths)
    {
        AssertEqual(attention, Batches.Small(Batches.Named(attention)) with { DropoutProbability = 0 }, lengths);
    }

    [Theory]
    [InlineData("softmax", 97)]
    [InlineData("softmax", 1025)]
    [InlineData("yoso-e conv", 97)]
    [InlineData("yoso-e conv", 1025)]
    [InlineData("yoso conv", 97)]
    [InlineData("yoso conv", 1025)]
    [InlineData("linear", 97)]
    [InlineData("linformer", 97)]
    [InlineData("longformer", 97)]
    [InlineData("longformer local", 1025)]
    [InlineData("nystromformer", 1025)]
    [InlineData("nystromformer conv", 97)]
    [InlineData("performer", 97)]
    [InlineData("reformer", 97)]
    public void LogitsAndGradients_EqualPaddedExecution_AtOddLengths(string attention, int length)
    {
        var options = Batches.Small(Batches.Named(attention)) with { DropoutProbability = 0, PaddedLength = length, LayerCount = 1 };

        AssertEqual(attention, options, [length, length / 3]);
    }

    private static void AssertEqual(string attention, LraClassifierOptions options, int[] lengths)
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(options, Batches.Seed);
        model.to(float64);
        var tokens = Batches.Tokens(Batches.Seed, options.VocabularySize, options.PaddedLength, lengths);
        var weights = Batches.WeightCopies(model);
        var direction = Batches.Normal(Batches.Seed.Derive("direction"), lengths.Length, options.ClassCount).to(float64);

        var packed = model.call(tokens, Batches.Seed);
        AutogradRunner.Backward((packed * direction).sum());
        var padded = new PaddedClassifier(options, weights).Logits(Pad(tokens), Batches.Seed);
        AutogradRunner.Backward((padded * direction).sum());

        Assert.InRange(Batches.MaxDifference(packed, padded), 0, Rounding);
        foreach (var (name, parameter) in model.named_parameters())
        {
            // Embeddings of masked positions and, with "none", query and key have no gradient in one of the two.
            var expected = weights[name].grad ?? zeros_like(weights[name]);
            var difference = Batches.MaxDifference(parameter.grad ?? zeros_like(parameter), expected);
            var scale = Math.Max(1, expected.abs().max().item<double>());
            Assert.True(difference <= Rounding * scale, $"{name}: gradients differ by {difference:E1}, largest {scale:F2}");
        }

        if (attention != "none")
        {
            Assert.True(weights["model.encoders.0.mha.W_q.weight"].grad!.abs().max().item<double>() > 1e-6, "the comparison has no query gradient to compare");
        }
    }

    private static Tensor Pad(PackedTokens tokens)
    {
        var ids = new long[tokens.Offsets.Count * tokens.PaddedLength];
        var (values, positions) = (tokens.TokenIds.data<long>().ToArray(), tokens.PositionIds.data<long>().ToArray());
        for (var sequence = 0; sequence < tokens.Offsets.Count; sequence++)
        {
            for (var i = tokens.Offsets.Start(sequence); i < tokens.Offsets.Start(sequence) + tokens.Offsets.Length(sequence); i++)
            {
                ids[sequence * tokens.PaddedLength + positions[i]] = values[i];
            }
        }

        return tensor(ids, [tokens.Offsets.Count, tokens.PaddedLength]);
    }
}
