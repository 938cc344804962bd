// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

/// <summary>The convolution's kernel against TorchSharp's convolution of padded sequences, values and gradients.</summary>
public sealed class DepthwiseConvolutionTests
{
    [Theory]
    [InlineData(33, 200, new[] { 97, 0, 1, 130 })]
    [InlineData(5, 48, new[] { 48, 31 })]
    [InlineData(65, 9, new[] { 7, 9 })]
    public void TheKernel_EqualsTorchs(int window, int paddedLength, int[] lengths)
    {
        using var scope = NewDisposeScope();
        using var convolution = new DepthwiseConvolution(2, window, Batches.Seed);
        var tokens = Batches.Tokens(Batches.Seed, 20, paddedLength, lengths);
        var context = new AttentionContext(tokens.Offsets, tokens.PositionIds, paddedLength, Batches.Seed, Training: true);
        var direction = Batches.Normal(Batches.Seed.Derive("direction"), tokens.Offsets.Total, 2, 24);

        var expected = Gradients(convolution, (sum, value) => ((sum + convolution.Reference(value, context)) * direction).sum(), tokens.Offsets.Total);
        var actual = Gradients(convolution, (sum, value) => (convolution.call(sum, value, context) * direction).sum(), tokens.Offsets.Total);

        for (var i = 0; i < expected.Length; i++)
        {
            // Sums of a few thousand float32 terms in another order.
            Assert.InRange(Batches.MaxDifference(expected[i], actual[i]), 0, 3e-5 * Math.Max(1, expected[i].abs().max().item<float>()));
        }
    }

    private static Tensor[] Gradients(DepthwiseConvolution convolution, Func<Tensor, Tensor, Tensor> loss, int tokens)
    {
        Tensor[] x = [.. Enumerable.Range(0, 2).Select(i => Batches.Normal(Batches.Seed.Derive(i), tokens, 2, 24).requires_grad_(true))];
        convolution.weight.grad?.zero_();
        var result = loss(x[0], x[1]);
        AutogradRunner.Backward(result);
        return [result.detach(), x[0].grad!, x[1].grad!, convolution.weight.grad!.clone()];
    }
}
