// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using Yoso.Models.Heads;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>The language model in float32, where it runs on kernels, against itself in float64, where it does not.</summary>
public sealed class LanguageKernelTests
{
    [Theory]
    [InlineData(LanguageModelStyle.Bert)]
    [InlineData(LanguageModelStyle.Roberta)]
    public void Pretraining_WithKernels_EqualsTorch(LanguageModelStyle style)
    {
        using var scope = NewDisposeScope();
        var options = LanguageBatches.Small(style, new SoftmaxOptions()) with { DropoutProbability = 0 };
        var (loss, gradients) = Run(options, float32);
        var (expectedLoss, expected) = Run(options, float64);

        Assert.InRange(loss - expectedLoss, -1e-4, 1e-4); // a sum of 140 losses of 3.4 in float32
        foreach (var (name, gradient) in gradients)
        {
            var scale = Math.Max(1, expected[name].abs().max().item<double>());
            Assert.True(Batches.MaxDifference(gradient.to(float64), expected[name]) < 2e-4 * scale, name);
        }
    }

    /// <summary>The mean over many masks is the value without dropout, and the same seed gives the same mask in the backward pass.</summary>
    [Fact]
    public void Dropout_OfTheBlock_IsAFunctionOfTheSeed()
    {
        using var scope = NewDisposeScope();
        var norm = new LayerNormalization(48);
        var (branch, residual) = (Batches.Normal(Batches.Seed, 130, 48).requires_grad_(true), zeros(130, 48));

        var first = CpuResidualNorm.Apply(branch, residual, norm, 0.5, Batches.Seed);
        var again = CpuResidualNorm.Apply(branch, residual, norm, 0.5, Batches.Seed);
        var other = CpuResidualNorm.Apply(branch, residual, norm, 0.5, Batches.Seed.Derive(1));
        AutogradRunner.Backward((first * Batches.Normal(Batches.Seed.Derive(2), 130, 48)).sum());

        Assert.True(first.Equals(again));
        Assert.False(first.Equals(other));
        using var none = no_grad();
        // Dropped elements of one row are equal (all are 0 before the norm) and get no gradient.
        var dropped = first.eq(first.gather(1, branch.grad!.abs().argmin(1, keepdim: true)));
        Assert.InRange(dropped.to(float32).mean().item<float>(), 0.45f, 0.55f); // 6,240 draws: 8 standard errors
        Assert.Equal(0, branch.grad!.masked_select(dropped).abs().max().item<float>());
    }

    private static (double Loss, Dictionary<string, Tensor> Gradients) Run(LanguageModelOptions options, ScalarType type)
    {
        var model = new LanguagePretrainingModel(options, Batches.Seed);
        model.to(type);
        int[] lengths = [24, 24, 24, 24, 24, 24, 5];
        var (tokens, types) = LanguageBatches.Tokens(options, lengths);
        var rows = arange(lengths.Sum() - 9, int64);
        var labels = (rows * 7).remainder(options.VocabularySize);
        var logits = model.Forward(tokens, types, rows, Batches.Seed);
        Assert.Equal(type, logits.TokenLogits.dtype);
        var loss = VocabularyLoss.Sum(logits.TokenLogits, labels);
        AutogradRunner.Backward(loss);
        return (loss.to(float64).item<double>(), model.named_parameters().Where(p => p.parameter.grad is not null).ToDictionary(p => p.name, p => p.parameter.grad!));
    }
}
