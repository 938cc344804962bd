// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using Yoso.Models.Tests.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests;

public sealed class AutocastTests
{
    [Fact]
    public void Products_AreBfloat16_InsideOnly()
    {
        using var scope = NewDisposeScope();
        var (x, w) = (Batches.Normal(Batches.Seed, 4, 8), Batches.Normal(Batches.Seed, 3, 8));

        using (new Autocast(DeviceType.CPU))
        {
            Assert.True(Autocast.IsActive);
            Assert.Equal(ScalarType.BFloat16, nn.functional.linear(x, w).dtype);
        }

        Assert.False(Autocast.IsActive);
        Assert.Equal(ScalarType.Float32, nn.functional.linear(x, w).dtype);
    }

    [Theory]
    [InlineData(LanguageModelStyle.Bert, "softmax")]
    [InlineData(LanguageModelStyle.Bert, "yoso-e")]
    [InlineData(LanguageModelStyle.Roberta, "softmax")]
    [InlineData(LanguageModelStyle.Roberta, "yoso")]
    public void Training_KeepsWeightsAndGradientsInFloat32_AndComesNearIt(LanguageModelStyle style, string attention)
    {
        using var scope = NewDisposeScope();
        var options = LanguageBatches.Small(style, Batches.Named(attention)) with { DropoutProbability = 0 };
        var exact = Run(options, autocast: false);
        var cast = Run(options, autocast: true);

        Assert.Equal(ScalarType.Float32, cast.Logits.dtype);
        Assert.All(cast.Gradients, g => Assert.Equal(ScalarType.Float32, g.dtype));
        Assert.False(cast.Logits.Equals(exact.Logits));
        // bfloat16 keeps 8 bits: 0.4 % a product; ten layers of them on logits of about 0.1 to 1. Sampled codes may flip besides.
        Assert.InRange(Batches.MaxDifference(cast.Logits, exact.Logits), 0, attention == "yoso" ? 0.5 : 0.05);
        if (attention != "yoso")
        {
            foreach (var (a, b) in exact.Gradients.Zip(cast.Gradients))
            {
                var norm = a.norm().item<float>();
                Assert.True(norm < 1e-3 || (a - b).norm().item<float>() < 0.1 * norm, $"gradient [{string.Join(", ", a.shape)}] is off by {(a - b).norm().item<float>() / norm:P0}");
            }
        }
    }

    private static (Tensor Logits, Tensor[] Gradients) Run(LanguageModelOptions options, bool autocast)
    {
        var model = new LanguagePretrainingModel(options, Batches.Seed);
        var (tokens, types) = LanguageBatches.Tokens(options, 24, 7);
        Tensor logits;
        using (autocast ? new Autocast(DeviceType.CPU) : null)
        {
            logits = model.Forward(tokens, types, tensor(new long[] { 1, 5, 27 }), Batches.Seed).TokenLogits;
        }

        AutogradRunner.Backward(nn.functional.cross_entropy(logits, tensor(new long[] { 3, 8, 11 })));
        return (logits.detach(), [.. model.parameters().Where(p => p.grad is not null).Select(p => p.grad!)]);
    }
}
