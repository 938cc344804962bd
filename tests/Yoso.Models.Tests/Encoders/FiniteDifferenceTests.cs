// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>Directional derivatives of the loss, parameter by parameter, in float64.</summary>
public class FiniteDifferenceTests
{
    private const double Step = 1e-5;

    /// <summary>
    /// In YOSO models only what comes after the hashes of the last layer has its true derivative: query and key have the surrogate's,
    /// and what lies before them passes through it.
    /// </summary>
    private static readonly string[] AfterTheLastHash =
        ["encoders.1.mha.W_v", "encoders.1.mha.attn.conv", "encoders.1.mha.ff", "encoders.1.norm2", "encoders.1.mlpblock", "model.norm", "seq_classifer"];

    [Theory]
    [InlineData("none")]
    [InlineData("softmax")]
    [InlineData("yoso-e conv")]
    [InlineData("yoso conv")]
    [InlineData("linear")]
    [InlineData("linformer")]
    [InlineData("longformer")]
    [InlineData("nystromformer conv")]
    [InlineData("performer")]
    [InlineData("performer relu")]
    [InlineData("reformer")]
    public void Gradient_IsTheSlopeOfTheLoss(string attention)
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Batches.Small(Batches.Named(attention)), Batches.Seed);
        model.to(float64);
        model.eval();
        var tokens = Batches.Tokens(Batches.Seed, 20, 48, 14, 1, 23);
        Tensor Loss() => nn.functional.cross_entropy(model.call(tokens, Batches.Seed), tensor(new long[] { 0, 1, 2 }));
        var compared = 0;

        AutogradRunner.Backward(Loss());

        using var ungraded = no_grad();
        foreach (var (name, parameter) in model.named_parameters())
        {
            if (attention.StartsWith("yoso", StringComparison.Ordinal) && !AfterTheLastHash.Any(p => name.Contains(p, StringComparison.Ordinal)))
            {
                continue;
            }

            using var inner = NewDisposeScope();
            var direction = Batches.Normal(Batches.Seed.Derive(name), parameter.shape).to(float64);
            parameter.add_(direction, Step);
            var up = Loss().item<double>();
            parameter.add_(direction, -2 * Step);
            var down = Loss().item<double>();
            parameter.add_(direction, Step);
            var slope = (up - down) / (2 * Step);
            var gradient = parameter.grad is { } g ? (g * direction).sum().item<double>() : 0;
            // Central differences: truncation of order Step² = 1e-10 times the third derivative, rounding 1e-16 / Step = 1e-11.
            Assert.True(Math.Abs(slope - gradient) < 1e-6 * Math.Max(1, Math.Abs(slope)), $"{name}: slope {slope}, gradient {gradient}");
            compared++;
        }

        Assert.True(compared >= 15, $"only {compared} parameters were compared");
    }
}
