// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

[Collection("threads")]
public sealed class CpuLinearTests
{
    [Theory]
    [InlineData(1, 512, 64)]
    [InlineData(97, 40, 300)]
    [InlineData(131, 30, 6)]
    [InlineData(128, 5, 65)]
    [InlineData(300, 512, 2049)]
    [InlineData(1025, 300, 4500)]
    public void LinearLayer_EqualsTheLibrary(int tokens, int inputs, int outputs)
    {
        using var scope = NewDisposeScope();
        var layer = new LinearLayer(inputs, outputs, Batches.Seed);
        var x = Batches.Normal(Batches.Seed, tokens, inputs).requires_grad_(true);
        var direction = Batches.Normal(Batches.Seed.Derive(1), tokens, outputs);
        Assert.True(CpuLinear.Serves(x, layer.weight));

        var actual = layer.call(x);
        AutogradRunner.Backward((actual * direction).sum());
        Tensor[] expectedInputs = [.. new[] { x, layer.weight, layer.bias }.Select(t => t.detach().to(float64).requires_grad_(true))];
        var expected = nn.functional.linear(expectedInputs[0], expectedInputs[1], expectedInputs[2]);
        (expected * direction.to(float64)).sum().backward();

        AssertClose(actual, expected, inputs);
        AssertClose(x.grad!, expectedInputs[0].grad!, outputs);
        AssertClose(layer.weight.grad!, expectedInputs[1].grad!, tokens);
        AssertClose(layer.bias.grad!, expectedInputs[2].grad!, tokens);
    }

    [Fact]
    public void Bits_DoNotDependOnTheThreads()
    {
        using var scope = NewDisposeScope();
        var before = CpuThreads.Count;
        try
        {
            CpuThreads.Count = 1;
            var one = Run();
            CpuThreads.Count = 3;
            var three = Run();

            Assert.All(one.Zip(three), p => Assert.True(p.First.Equals(p.Second)));
        }
        finally
        {
            CpuThreads.Count = before;
        }

        static Tensor[] Run()
        {
            var layer = new LinearLayer(300, 2500, Batches.Seed);
            var x = Batches.Normal(Batches.Seed, 400, 300).requires_grad_(true);
            var y = layer.call(x);
            AutogradRunner.Backward(y.pow(2).sum());
            return [y.detach(), x.grad!, layer.weight.grad!, layer.bias.grad!];
        }
    }

    [Fact]
    public void Serves_NeitherFewTokensOfNarrowLayersNorOtherTypes()
    {
        using var scope = NewDisposeScope();

        Assert.False(CpuLinear.Serves(zeros(127, 256), zeros(256, 256)));
        Assert.True(CpuLinear.Serves(zeros(128, 256), zeros(256, 256)));
        Assert.True(CpuLinear.Serves(zeros(3, 256), zeros(257, 256)));
        Assert.False(CpuLinear.Serves(zeros(3, 512, dtype: float64), zeros(512, 512, dtype: float64)));
        Assert.False(CpuLinear.Serves(zeros(2, 3, 512), zeros(512, 512)));
        Assert.False(CpuLinear.Serves(zeros(0, 512), zeros(512, 512)));
        using var autocast = new Autocast(DeviceType.CPU);
        Assert.False(CpuLinear.Serves(zeros(3, 512), zeros(512, 512)));
    }

    /// <summary>Sums of n products of unit normals: each addition rounds a partial sum of size sqrt(n) by 6e-8, n of them in one order; 8 for the largest of a million such sums.</summary>
    private static void AssertClose(Tensor actual, Tensor expected, int terms) => Assert.InRange(Batches.MaxDifference(actual.to(float64), expected), 0, 8 * 6e-8 * Math.Max(16, terms));
}
