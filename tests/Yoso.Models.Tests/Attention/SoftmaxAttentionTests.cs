// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

public class SoftmaxAttentionTests
{
    private static readonly SequenceOffsets Offsets = SequenceOffsets.FromLengths(9, 0, 1, 97);

    [Theory]
    [InlineData(9, 0, 1, 97)]
    [InlineData(2100, 70)] // 2 · 2100² weights: the queries of a sequence are split
    public void ForwardAndBackward_EqualScaledDotProductAttention_SequenceBySequence(params int[] lengths)
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(lengths);
        var inputs = new[] { "q", "k", "v" }.Select(n => Batches.Normal(Batches.Seed.Derive(n), offsets.Total, 2, 8).to(float64).requires_grad_(true)).ToArray();
        var copies = inputs.Select(t => t.detach().clone().requires_grad_(true)).ToArray();
        var direction = Batches.Normal(Batches.Seed, offsets.Total, 2, 8).to(float64);
        using var attention = AttentionMechanism.Create(new SoftmaxOptions(), 2, 0.5, Batches.Seed);

        var output = attention.call(inputs[0], inputs[1], inputs[2], Batches.Context(offsets, Batches.Seed) with { Training = false });
        AutogradRunner.Backward((output * direction).sum());

        var parts = Enumerable.Range(0, offsets.Count).Select(i =>
        {
            var rows = copies.Select(t => t.narrow(0, offsets.Start(i), offsets.Length(i)).transpose(0, 1)).ToArray();
            return nn.functional.scaled_dot_product_attention(rows[0], rows[1], rows[2]).transpose(0, 1);
        });
        var expected = cat(parts.ToArray());
        AutogradRunner.Backward((expected * direction).sum());
        Assert.InRange(Batches.MaxDifference(output, expected), 0, 1e-12);
        for (var i = 0; i < 3; i++)
        {
            Assert.InRange(Batches.MaxDifference(inputs[i].grad!, copies[i].grad!), 0, 1e-12);
        }
    }

    [Fact]
    public void DroppedWeights_AreTheSameInBothPasses_AndKeepTheMean()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(50, 50, 50, 50);
        var (query, key) = (Batches.Normal(Batches.Seed, 200, 2, 8).to(float64), Batches.Normal(Batches.Seed.Derive(1), 200, 2, 8).to(float64).requires_grad_(true));
        var value = ones(200, 2, 8, dtype: float64, requires_grad: true);
        using var attention = AttentionMechanism.Create(new SoftmaxOptions(), 2, 0.3, Batches.Seed);
        var context = Batches.Context(offsets, Batches.Seed);
        Tensor Loss() => (attention.call(query, key, value, context) * value.detach().cumsum(0)).sum();

        AutogradRunner.Backward(Loss());

        var gradient = key.grad!.clone();
        var direction = Batches.Normal(Batches.Seed.Derive(2), 200, 2, 8).to(float64);
        using var ungraded = no_grad();
        var slope = (attention.call(query, key + 1e-5 * direction, value, context) - attention.call(query, key - 1e-5 * direction, value, context)) / 2e-5;
        Assert.Equal((slope * value.cumsum(0)).sum().item<double>(), (gradient * direction).sum().item<double>(), 1e-5);
        // 20,000 weights, kept with probability 0.7 and divided by it: mean 1, standard error about 0.02.
        Assert.InRange(attention.call(query, key, value, context).mean().item<double>(), 0.9, 1.1);
        Assert.False(attention.call(query, key, value, context).Equals(attention.call(query, key, value, context with { Seed = Batches.Seed.Derive(9) })));
    }

    [Fact]
    public void WrongShapes_AreNamed()
    {
        using var scope = NewDisposeScope();
        using var attention = AttentionMechanism.Create(new SoftmaxOptions(), 2, 0, Batches.Seed);
        var x = zeros(107, 2, 8);

        var error = Assert.Throws<ArgumentException>(() => attention.call(x, x, zeros(107, 2, 9), Batches.Context(Offsets, Batches.Seed)));

        Assert.Contains("query [107, 2, 8], key [107, 2, 8] and value [107, 2, 9]", error.Message, StringComparison.Ordinal);
    }
}
