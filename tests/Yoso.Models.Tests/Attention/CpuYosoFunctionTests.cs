// SPDX-License-Identifier: MIT
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

/// <summary>The kernels behind the module against the reference in TorchSharp operations, from the same seed.</summary>
public sealed class CpuYosoFunctionTests
{
    public static TheoryData<int[], int, int, int, Models.Attention.HashSampler> Cases => new()
    {
        { [1], 1, 32, 4, Models.Attention.HashSampler.Shared },
        { [97, 0, 5, 1], 2, 32, 9, Models.Attention.HashSampler.Shared },
        { [33, 64], 2, 64, 12, Models.Attention.HashSampler.Spread },
        { [130], 3, 16, 7, Models.Attention.HashSampler.Spread },
        { [40, 41], 1, 48, 5, Models.Attention.HashSampler.Shared },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ForwardAndBackward_EqualTheReference_FromTheSameSeed(int[] lengths, int heads, int headDim, int tau, Models.Attention.HashSampler sampler)
    {
        using var scope = NewDisposeScope();
        random.manual_seed(7);
        var offsets = SequenceOffsets.FromLengths(lengths);
        var options = new YosoOptions { HashCount = 13, HashCodeLength = tau, HashSampler = sampler };
        var (query, key) = (Unit(offsets, heads, headDim), randn(offsets.Total, heads, headDim));
        var value = randn(offsets.Total, heads, headDim);
        var direction = randn(offsets.Total, heads, headDim);
        var seed = new Seed(11);

        var expected = Run(
            x => UnitRows.Normalize(YosoFunction.Apply(
                new YosoArguments(options, offsets, seed, LshReference.Operations), UnitRows.Normalize(x[0]), UnitRows.Normalize(x[1]), x[2])),
            [query, key, value],
            direction);
        var actual = Run(x => CpuYosoFunction.Apply(new CpuYosoArguments(options, offsets, seed, true), x), [query, key, value], direction);

        for (var i = 0; i < expected.Length; i++)
        {
            // Sums of up to n terms in another order: float32 rounding, relative to the largest element.
            var difference = (expected[i] - actual[i]).abs().max().item<float>();
            Assert.True(difference <= 1e-5f * Math.Max(1, expected[i].abs().max().item<float>()), $"output {i} differs by {difference}");
        }
    }

    [Fact]
    public void Backward_SaysSo_WhenTheCodesAreGone()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(4);
        var query = Unit(offsets, 1, 32).requires_grad_(true);
        var output = CpuYosoFunction.Apply(new CpuYosoArguments(new YosoOptions(), offsets, new Seed(1), NeedsGradient: false), query, query, query);

        var error = Assert.Throws<InvalidOperationException>(() => AutogradRunner.Backward(output.sum()));

        Assert.Contains("differentiated once", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Forward_DoesNotDependOnThreads()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(50, 7, 90);
        var (query, key, value) = (Unit(offsets, 2, 32), Unit(offsets, 2, 32), randn(offsets.Total, 2, 32));
        Tensor Sum(int threads)
        {
            CpuThreads.Count = threads;
            return CpuYosoFunction.Apply(new CpuYosoArguments(new YosoOptions(), offsets, new Seed(3), false), query, key, value);
        }

        var (one, three) = (Sum(1), Sum(3));
        CpuThreads.Count = Environment.ProcessorCount;

        Assert.True(one.equal(three).all().item<bool>());
    }

    private static Tensor Unit(SequenceOffsets offsets, int heads, int headDim)
    {
        var x = randn(offsets.Total, heads, headDim);
        return x / (x * x).sum(-1, keepdim: true).sqrt();
    }

    private static Tensor[] Run(Func<Tensor[], Tensor> operation, Tensor[] inputs, Tensor direction)
    {
        Tensor[] leaves = [.. inputs.Select(x => x.detach().clone().requires_grad_(true))];
        var output = operation(leaves);
        AutogradRunner.Backward((output * direction).sum());
        return [output, .. leaves.Select(x => x.grad!)];
    }
}
