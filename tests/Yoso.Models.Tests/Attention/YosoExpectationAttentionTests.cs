// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

public class YosoExpectationAttentionTests
{
    private const int Tau = 7;
    private static readonly SequenceOffsets Offsets = SequenceOffsets.FromLengths(9, 0, 1, 97);

    private static Tensor Random(string name) => Batches.Normal(Batches.Seed.Derive(name), Offsets.Total, 2, 8).to(float64);

    [Fact]
    public void Forward_EqualsTheClosedForm()
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (Random("q"), Random("k"), Random("v"));
        using var attention = AttentionMechanism.Create(new YosoExpectationOptions { HashCodeLength = Tau }, 2, 0, Batches.Seed);

        var output = attention.call(query, key, value, Batches.Context(Offsets, Batches.Seed));

        var (dot, q2, k2) = (PairwiseReference.Dot(query, key), PairwiseReference.Dot(query, query), PairwiseReference.Dot(key, key));
        var sum = PairwiseReference.Sum(Offsets, value, (i, j, h) => Math.Pow(1 - Math.Acos(dot(i, j, h) / Math.Sqrt(q2(i, i, h) * k2(j, j, h))) / Math.PI, Tau));
        Assert.InRange(Batches.MaxDifference(output, sum / sum.norm(-1, keepdim: true)), 0, 1e-12);
    }

    [Fact]
    public void Backward_IsTheDocumentedSurrogate()
    {
        using var scope = NewDisposeScope();
        var (query, key, value) = (UnitRows.Normalize(Random("q")), UnitRows.Normalize(Random("k")), Random("v"));
        var gradient = Random("g");
        foreach (var input in (Tensor[])[query, key, value])
        {
            input.requires_grad_(true);
        }

        AutogradRunner.Backward((YosoExpectationFunction.Apply(new YosoExpectationArguments(Offsets, Tau), query, key, value) * gradient).sum());

        using var ungraded = no_grad();
        var (dot, valueDot) = (PairwiseReference.Dot(query, key), PairwiseReference.Dot(gradient, value));
        double Weight(int i, int j, int h) => Math.Pow(1 - Math.Acos(dot(i, j, h)) / Math.PI, Tau);
        var queryGradient = PairwiseReference.Sum(Offsets, key, (i, j, h) => Tau / 2.0 * Weight(i, j, h) * valueDot(i, j, h));
        var keyGradient = PairwiseReference.Sum(Offsets, query, (j, i, h) => Tau / 2.0 * Weight(i, j, h) * valueDot(i, j, h));
        var valueGradient = PairwiseReference.Sum(Offsets, gradient, (j, i, h) => Weight(i, j, h));
        Assert.InRange(Batches.MaxDifference(query.grad!, queryGradient), 0, 1e-11);
        Assert.InRange(Batches.MaxDifference(key.grad!, keyGradient), 0, 1e-11);
        Assert.InRange(Batches.MaxDifference(value.grad!, valueGradient), 0, 1e-11);
    }

    [Fact]
    public void ForwardAndBackward_AreFinite_WhenQueryEqualsKeyOrIsZero()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(40);
        var query = Batches.Normal(Batches.Seed, 40, 1, 32);
        query[3] = zeros(1, 32);
        var value = query.clone();
        value[5] = zeros(1, 32);
        query.requires_grad_(true);
        using var attention = AttentionMechanism.Create(new YosoExpectationOptions(), 1, 0, Batches.Seed);

        // q·k of equal vectors exceeds 1 by rounding for some of the 40 rows.
        var output = attention.call(query, query, value, Batches.Context(offsets, Batches.Seed));
        AutogradRunner.Backward((output * value).sum());

        Assert.True(output.isfinite().all().item<bool>());
        Assert.True(query.grad!.isfinite().all().item<bool>());
        Assert.Equal(0, query.grad![3].abs().sum().item<float>());
    }

    [Fact]
    public void Output_IsZeroWithZeroGradient_WhenAllValuesAreZero()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(4);
        var query = Batches.Normal(Batches.Seed, 4, 1, 8);
        var value = zeros(4, 1, 8, requires_grad: true);
        using var attention = AttentionMechanism.Create(new YosoExpectationOptions(), 1, 0, Batches.Seed);

        var output = attention.call(query, query, value, Batches.Context(offsets, Batches.Seed));
        AutogradRunner.Backward(output.sum());

        Assert.Equal(0, output.abs().sum().item<float>());
        Assert.Equal(0, value.grad!.abs().sum().item<float>());
    }
}
