// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

public class YosoAttentionTests
{
    private static readonly SequenceOffsets Offsets = SequenceOffsets.FromLengths(9, 0, 1, 97);

    private static Tensor Random(string name, SequenceOffsets offsets, int heads = 2) => Batches.Normal(Batches.Seed.Derive(name), offsets.Total, heads, 8).to(float64);

    private static (Tensor Query, Tensor Key, Tensor Value, Tensor Output, Tensor Gradient) Run(YosoOptions options, SequenceOffsets offsets, Seed seed)
    {
        var (query, key, value) = (UnitRows.Normalize(Random("q", offsets)), UnitRows.Normalize(Random("k", offsets)), Random("v", offsets));
        var gradient = Random("g", offsets);
        foreach (var input in (Tensor[])[query, key, value])
        {
            input.requires_grad_(true);
        }

        var output = YosoFunction.Apply(new YosoArguments(options, offsets, seed, LshReference.Operations), query, key, value);
        AutogradRunner.Backward((output * gradient).sum());
        return (query, key, value, output, gradient);
    }

    [Theory]
    [InlineData(HashSampler.Shared)]
    [InlineData(HashSampler.Spread)]
    public void ForwardAndLowerBoundGradients_AreSumsOverCollidingPairs(HashSampler sampler)
    {
        using var scope = NewDisposeScope();
        var options = new YosoOptions { HashCount = 11, HashCodeLength = 3, HashSampler = sampler };

        var (query, key, value, output, gradient) = Run(options, Offsets, Batches.Seed);

        using var ungraded = no_grad();
        var layout = new HashLayout(11, 3, sampler, 8);
        var share = PairwiseReference.Collisions(HadamardHash.Codes(query, Offsets, layout, Batches.Seed), HadamardHash.Codes(key, Offsets, layout, Batches.Seed));
        var valueDot = PairwiseReference.Dot(gradient, value);
        Assert.InRange(Batches.MaxDifference(output, PairwiseReference.Sum(Offsets, value, share)), 0, 1e-12);
        Assert.InRange(Batches.MaxDifference(value.grad!, PairwiseReference.Sum(Offsets, gradient, (j, i, h) => share(i, j, h))), 0, 1e-12);
        Assert.InRange(Batches.MaxDifference(query.grad!, PairwiseReference.Sum(Offsets, key, (i, j, h) => 1.5 * share(i, j, h) * valueDot(i, j, h))), 0, 1e-11);
        Assert.InRange(Batches.MaxDifference(key.grad!, PairwiseReference.Sum(Offsets, query, (j, i, h) => 1.5 * share(i, j, h) * valueDot(i, j, h))), 0, 1e-11);
    }

    [Fact]
    public void SampledGradients_WeighDistinctPairsByTheCappedSlope()
    {
        using var scope = NewDisposeScope();
        var options = new YosoOptions { HashCount = 11, HashCodeLength = 3, GradientMode = YosoGradientMode.Sampled };

        var (query, key, value, _, gradient) = Run(options, Offsets, Batches.Seed);

        using var ungraded = no_grad();
        var layout = new HashLayout(11, 3, HashSampler.Shared, 8);
        var share = PairwiseReference.Collisions(HadamardHash.Codes(query, Offsets, layout, Batches.Seed), HadamardHash.Codes(key, Offsets, layout, Batches.Seed));
        var (valueDot, dot) = (PairwiseReference.Dot(gradient, value), PairwiseReference.Dot(query, key));
        double Slope(int i, int j, int h)
        {
            var x = 0.98 * dot(i, j, h);
            var power = 3 * Math.Pow(1 - Math.Acos(x) / Math.PI, 2);
            return share(i, j, h) == 0 ? 0 : valueDot(i, j, h) * Math.Min(10, power) * Math.Min(10, 1 / Math.Sqrt(1 - x * x)) / Math.PI;
        }

        Assert.InRange(Batches.MaxDifference(query.grad!, PairwiseReference.Sum(Offsets, key, Slope)), 0, 1e-10);
        Assert.InRange(Batches.MaxDifference(key.grad!, PairwiseReference.Sum(Offsets, query, (j, i, h) => Slope(i, j, h))), 0, 1e-10);
    }

    [Fact]
    public void SampledGradient_KeepsOneKeyOfEachSlot_WhenASequenceHasMoreThan1024()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(2500);
        // All tokens alike: every pair collides, and the gradient counts the keys that were kept.
        var unit = ones(2500, 1, 1, dtype: float64);
        var codes = zeros(2500, 1, 4, dtype: int32);
        var rule = new LshGradientRule(YosoGradientMode.Sampled, 1, Batches.Seed);
        var keyNumbers = arange(2500, float64).view(-1, 1, 1);

        var (kept, _) = LshReference.Operations.WeightedLshCumulation(new LshPairs(unit, unit, unit, codes, codes), unit, rule, offsets);
        var (sums, _) = LshReference.Operations.WeightedLshCumulation(new LshPairs(unit * 0, keyNumbers, unit, codes, codes), unit, rule, offsets);

        var slope = 1 / Math.Sqrt(1 - 0.98 * 0.98) / Math.PI;
        Assert.InRange((kept / slope - 1024).abs().max().item<double>(), 0, 1e-6);
        // Which key of a slot is kept depends on where the query starts: one sum of key numbers for each of three starts.
        var distinct = sums.view(-1).data<double>().Select(v => Math.Round(v)).Distinct().Count();
        Assert.True(distinct == 3, $"{distinct} distinct sums for 3 starts");
    }

    [Fact]
    public void OutputAndGradients_AreUnbiasedWithSpread_AndTheVarianceFallsAsOneOverTheHashCount()
    {
        using var scope = NewDisposeScope();
        const int tau = 6, draws = 1600, tokens = 24, dim = 32;
        // The same tokens as `draws` sequences: independent signs for each.
        var offsets = SequenceOffsets.FromLengths([.. Enumerable.Repeat(tokens, draws)]);
        Tensor Repeated(string name) => Batches.Normal(Batches.Seed.Derive(name), tokens, 1, dim).repeat(draws, 1, 1);
        var (query, value, gradient) = (UnitRows.Normalize(Repeated("q")), Repeated("v"), Repeated("g"));
        var key = UnitRows.Normalize(query + 0.6 * UnitRows.Normalize(Repeated("k"))); // cosines near .85 on the diagonal, near 0 elsewhere
        Tensor[] Estimates(Func<Tensor[], Tensor> attention)
        {
            Tensor[] inputs = [.. new[] { query, key, value }.Select(t => t.detach().clone().requires_grad_(true))];
            var output = attention(inputs);
            AutogradRunner.Backward((output * gradient).sum());
            return [.. new[] { output.detach() }.Concat(inputs.Select(t => t.grad!)).Select(t => t.view(draws, tokens * dim))];
        }

        var expected = Estimates(x => YosoExpectationFunction.Apply(new YosoExpectationArguments(offsets, tau), x));
        var variances = new List<double>();
        foreach (var hashes in (int[])[8, 32])
        {
            var options = new YosoOptions { HashCount = hashes, HashCodeLength = tau, HashSampler = HashSampler.Spread };
            var estimates = Estimates(x => YosoFunction.Apply(new YosoArguments(options, offsets, Batches.Seed.Derive(hashes), LshReference.Operations), x));
            for (var i = 0; i < estimates.Length; i++)
            {
                var z = (estimates[i].mean([0]) - expected[i][0]) / (estimates[i].std(0) / Math.Sqrt(draws));
                // 6,144 values in all: a normal one passes 6.4 with probability 1.6e-10, so any of them with 1e-6. Student's law at
                // 1,599 degrees of freedom has that at 6.5, and 0.5 is left for the skewness of sums of collisions.
                Assert.InRange(z.abs().max().item<float>(), 0, 7.0);
            }

            variances.Add(estimates[0].var(0).mean().item<float>());
        }

        // A mean of 768 variances over 1,600 draws each: known to better than 5 %, and their ratio, 4, to 30 % at over five deviations.
        Assert.InRange(variances[0] / variances[1], 2.8, 5.2);
    }

    [Fact]
    public void SameSeed_GivesTheSameBits_AndAnotherSeedDoesNot()
    {
        using var scope = NewDisposeScope();
        var options = new YosoOptions { HashCount = 8, HashCodeLength = 4 };

        var (first, again, other) = (Run(options, Offsets, Batches.Seed), Run(options, Offsets, Batches.Seed), Run(options, Offsets, Batches.Seed.Derive(1)));

        Assert.True(first.Output.Equals(again.Output));
        Assert.True(first.Query.grad!.Equals(again.Query.grad!));
        Assert.False(first.Output.Equals(other.Output));
    }

    [Theory]
    [InlineData(YosoGradientMode.LowerBound)]
    [InlineData(YosoGradientMode.Sampled)]
    public void Module_InFloat32_EqualsTheReferenceInFloat64(YosoGradientMode mode)
    {
        using var scope = NewDisposeScope();
        var options = new YosoOptions { HashCount = 16, HashCodeLength = 5, GradientMode = mode, ConvWindow = 5 };
        using var fast = AttentionMechanism.Create(options, 2, 0, Batches.Seed);
        using var reference = AttentionMechanism.Create(options, 2, 0, Batches.Seed);
        reference.to(float64);
        var context = Batches.Context(Offsets, Batches.Seed);
        Tensor[] Results(AttentionMechanism attention, ScalarType dtype)
        {
            Tensor[] inputs = [.. new[] { "q", "k", "v" }.Select(n => Random(n, Offsets).to(dtype).requires_grad_(true))];
            var output = attention.call(inputs[0], inputs[1], inputs[2], context);
            AutogradRunner.Backward((output * Random("g", Offsets).to(dtype)).sum());
            return [output, .. inputs.Select(t => t.grad!), attention.parameters().Single().grad!];
        }

        var (actual, expected) = (Results(fast, float32), Results(reference, float64));

        for (var i = 0; i < expected.Length; i++)
        {
            // float32 rounding (6e-8) of sums over up to 97 tokens and 16 hashes, divided by the norm of a row, which can be small.
            Assert.InRange(Batches.MaxDifference(actual[i], expected[i]) / expected[i].abs().max().item<double>(), 0, 2e-5);
        }
    }

    [Fact]
    public void Output_IsZeroWithZeroGradient_WhenAQueryMeetsNoKey()
    {
        using var scope = NewDisposeScope();
        var offsets = SequenceOffsets.FromLengths(2);
        // Opposite vectors share no hash bit: the first query meets no key at all.
        var direction = Batches.Normal(Batches.Seed, 1, 1, 32);
        var query = cat([direction, -direction]).requires_grad_(true);
        var key = cat([-direction, -direction]);
        var value = ones(2, 1, 32);
        using var attention = AttentionMechanism.Create(new YosoOptions { HashCodeLength = 4 }, 1, 0, Batches.Seed);

        var output = attention.call(query, key, value, Batches.Context(offsets, Batches.Seed));
        AutogradRunner.Backward(output.sum());

        Assert.Equal(0, output[0].abs().sum().item<float>());
        Assert.Equal(1, output[1].norm().item<float>(), 1e-6);
        Assert.Equal(0, query.grad![0].abs().sum().item<float>());
    }
}
