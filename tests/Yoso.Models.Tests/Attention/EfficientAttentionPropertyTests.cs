// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Attention;

/// <summary>What the papers say of their mechanisms: when they equal softmax attention, or come near it.</summary>
public class EfficientAttentionPropertyTests
{
    private static Tensor Random(string name, long tokens) => Batches.Normal(Batches.Seed.Derive(name), tokens, 2, 8).to(float64);

    private static Tensor Run(AttentionOptions options, Tensor q, Tensor k, Tensor v, int paddedLength = 0, double dropout = 0, Seed? seed = null)
    {
        using var attention = AttentionMechanism.Create(options, 2, dropout, Batches.Seed);
        attention.to(float64);
        var context = Batches.Context(SequenceOffsets.FromLengths((int)q.shape[0]), seed ?? Batches.Seed);
        return attention.call(q, k, v, paddedLength == 0 ? context : context with { PaddedLength = paddedLength });
    }

    /// <summary>Softmax over the logits of a function of (query, key, head) in plain loops.</summary>
    private static Tensor Softmax(Tensor v, Func<int, int, int, double> logit)
    {
        var offsets = SequenceOffsets.FromLengths((int)v.shape[0]);
        var sums = PairwiseReference.Sum(offsets, ones_like(v), (i, j, h) => Math.Exp(logit(i, j, h)));
        return PairwiseReference.Sum(offsets, v, (i, j, h) => Math.Exp(logit(i, j, h))) / sums;
    }

    private static double RelativeError(Tensor a, Tensor b) => ((a - b).norm() / b.norm()).item<double>();

    [Fact]
    public void Nystromformer_IsExact_WhenLandmarksReachTheLength()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random("q", 37), Random("k", 37), Random("v", 37));

        Assert.InRange(Batches.MaxDifference(Run(new NystromformerOptions { LandmarkCount = 37 }, q, k, v), Run(new SoftmaxOptions(), q, k, v)), 0, 1e-12);
    }

    [Theory]
    [InlineData(NystromInverseScale.Batch)]
    [InlineData(NystromInverseScale.Matrix)]
    public void Nystromformer_IsExact_WhenTheTokensOfASegmentAreEqual(NystromInverseScale scale)
    {
        using var scope = NewDisposeScope();
        // Eight segments of five equal tokens: a landmark is its tokens, so the approximation is exact once the inverse is.
        var (q, k, v) = (Random("q", 8).repeat_interleave(5, 0), Random("k", 8).repeat_interleave(5, 0), Random("v", 40));
        var softmax = Run(new SoftmaxOptions(), q, k, v);
        double Error(int iterations) => RelativeError(Run(new NystromformerOptions { LandmarkCount = 8, InverseIterations = iterations, InverseScale = scale }, q, k, v), softmax);

        Assert.InRange(Error(30), 0, 1e-9);
        Assert.True(Error(6) < Error(3), "the iteration converges");
    }

    [Fact]
    public void Performer_ComesNearSoftmax_AsTheFeaturesGrow()
    {
        using var scope = NewDisposeScope();
        // Short vectors: the epsilon of the features is then small beside them.
        var (q, k, v) = (Random("q", 23) / 2, Random("k", 23) / 2, Random("v", 23));
        var dot = PairwiseReference.Dot(q, k);
        var expected = Softmax(v, (i, j, h) => dot(i, j, h) / 8);
        double Error(int features) => RelativeError(Run(new PerformerOptions { FeatureCount = features, HeadDim = 8 }, q, k, v), expected);

        var (few, many) = (Error(256), Error(256 * 64));

        // 64 times the features: an eighth of the error, give or take a factor of two for one draw; the epsilon adds below 1e-2.
        Assert.InRange(few / many, 4, 16);
        Assert.InRange(many, 0, 0.02);
    }

    [Fact]
    public void PerformerFeatures_AreOrthogonalInBlocks_WithGaussianLengths()
    {
        const int rows = 4096, columns = 16;
        var x = OrthogonalRows.Gaussian(rows, columns, Batches.Seed);
        double Dot(int a, int b) => Enumerable.Range(0, columns).Sum(i => (double)x[(a * columns) + i] * x[(b * columns) + i]);

        for (var a = 0; a < columns; a++)
        {
            for (var b = 0; b < a; b++)
            {
                Assert.InRange(Math.Abs(Dot(a, b)), 0, 1e-5); // float32 of lengths about 4
            }
        }

        // Squared lengths are chi-squared: mean 16, variance 32, so their mean is within 5 standard errors of 0.088.
        Assert.InRange(Enumerable.Range(0, rows).Average(a => Dot(a, a)), 16 - 0.45, 16 + 0.45);
        Assert.NotEqual(x, OrthogonalRows.Gaussian(rows, columns, Batches.Seed.Derive(1)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Longformer_EqualsSoftmax_WhenTheWindowIsTheLength(bool global)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random("q", 37), Random("k", 37), Random("v", 37));

        var output = Run(new LongformerOptions { WindowSize = 74, FirstTokenIsGlobal = global }, q, k, v);

        Assert.InRange(Batches.MaxDifference(output, Run(new SoftmaxOptions(), q, k, v)), 0, 1e-12);
    }

    [Fact]
    public void Longformer_SeesOnlyItsWindowAndTheFirstToken()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random("q", 100), Random("k", 100), Random("v", 100));
        var changed = v.clone();
        changed[60] += 1;
        var options = new LongformerOptions { WindowSize = 20 };

        var rows = (Run(options, q, k, changed) - Run(options, q, k, v)).abs().sum([1L, 2L]).gt(0).data<bool>().ToArray();

        Assert.Equal([0, .. Enumerable.Range(50, 21)], Enumerable.Range(0, 100).Where(i => rows[i]));
    }

    [Fact]
    public void Longformer_DropsWeights_ByItsSeed_AndKeepsTheMean()
    {
        using var scope = NewDisposeScope();
        var (q, k) = (Random("q", 1000), Random("k", 1000));
        Tensor Dropped(Seed seed) => Run(new LongformerOptions { WindowSize = 20 }, q, k, ones_like(q), dropout: 0.3, seed: seed);

        Assert.True(Dropped(Batches.Seed).Equals(Dropped(Batches.Seed)));
        Assert.False(Dropped(Batches.Seed).Equals(Dropped(Batches.Seed.Derive(1))));
        // 2,000 rows of about 8 effective weights, kept with probability 0.7 and divided by it: standard error about 0.005.
        Assert.InRange(Dropped(Batches.Seed).mean().item<double>(), 0.96, 1.04);
    }

    [Theory]
    [InlineData(64, 1)] // one chunk holds all tokens, whatever their buckets
    [InlineData(64, 3)]
    [InlineData(4096, 2)] // no hashing at all
    public void Reformer_EqualsSoftmaxOverTheOthers_WhenOneChunkHoldsAll(int chunk, int rounds)
    {
        using var scope = NewDisposeScope();
        var (q, v) = (Random("q", 37), Random("v", 37));
        var (dot, square) = (PairwiseReference.Dot(q, q), PairwiseReference.Dot(q, q));
        var expected = Softmax(v, (i, j, h) => i == j ? -1e5 : dot(i, j, h) / Math.Sqrt(square(j, j, h) + 8e-6));

        var output = Run(new ReformerOptions { ChunkLength = chunk, HashCount = rounds }, q, Random("unused", 37), v, paddedLength: 256);

        Assert.InRange(Batches.MaxDifference(output, expected), 0, 1e-12);
    }

    [Fact]
    public void Reformer_ComesNearSoftmax_AsTheRoundsGrow_WhenTokensAreClustered()
    {
        using var scope = NewDisposeScope();
        // 16 directions of which each has 16 tokens: logits are large within a cluster, so what other chunks hold hardly counts.
        var q = 12 * nn.functional.normalize(Random("centre", 16), 2, -1).repeat(16, 1, 1) + 0.1 * Random("noise", 256);
        var v = Random("v", 256);
        var (dot, square) = (PairwiseReference.Dot(q, q), PairwiseReference.Dot(q, q));
        var expected = Softmax(v, (i, j, h) => i == j ? -1e5 : (dot(i, j, h) / Math.Sqrt(square(j, j, h) + 8e-6)) - 12);
        double Error(int rounds) => RelativeError(Run(new ReformerOptions { ChunkLength = 16, HashCount = rounds }, q, q, v), expected);

        var (one, eight) = (Error(1), Error(8));

        Assert.InRange(eight, 0, 0.7 * one); // what stays is the bias of pairs that meet in several rounds and count as often
    }

    [Fact]
    public void ReformerBuckets_AreOfDirections_AndAntipodesDiffer()
    {
        using var scope = NewDisposeScope();
        using var mechanism = new ReformerAttention(new ReformerOptions { ChunkLength = 16, HashCount = 4 });
        var x = Batches.Normal(Batches.Seed, 3, 2, 50, 8);
        var context = Batches.Context(SequenceOffsets.FromLengths(1), Batches.Seed) with { PaddedLength = 128 };
        Assert.Equal([16L], mechanism.BucketFactors(128));

        var buckets = mechanism.Buckets(x, context); // [B, H, R, N]

        Assert.True(buckets.Equals(mechanism.Buckets(x * 7, context)));
        Assert.True((mechanism.Buckets(-x, context) - buckets).abs().eq(8).all().item<bool>());
        Assert.False(buckets.Equals(mechanism.Buckets(x, context with { Seed = Batches.Seed.Derive(1) })));
        Assert.InRange(buckets.max().item<long>(), 8, 15);
        Assert.Equal(0, buckets.min().item<long>());
    }

    [Theory]
    [InlineData(64, 2L)] // never below two
    [InlineData(2048, 64L)]
    [InlineData(4096, 128L)]
    [InlineData(8192, 16L, 16L)] // beyond twice the chunk: the product of two
    [InlineData(16384, 16L, 32L)]
    public void ReformerBuckets_AreTwoAChunk(int paddedLength, params long[] factors)
    {
        using var mechanism = new ReformerAttention(new ReformerOptions());

        Assert.Equal(factors, mechanism.BucketFactors(paddedLength));
    }

    [Fact]
    public void Linformer_EqualsSoftmax_WhenTheProjectionIsTheIdentity()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random("q", 37), Random("k", 37), Random("v", 37));
        using var attention = new LinformerAttention(new LinformerOptions { ProjectedLength = 37, SequenceLength = 64 }, 2, Batches.Seed);
        attention.to(float64);
        using (no_grad())
        {
            attention.named_parameters().Single().parameter.zero_().narrow(2, 0, 37).copy_(eye(37, dtype: float64).expand(2, -1, -1));
        }

        var output = attention.call(q, k, v, Batches.Context(SequenceOffsets.FromLengths(37), Batches.Seed));

        Assert.InRange(Batches.MaxDifference(output, Run(new SoftmaxOptions(), q, k, v)), 0, 1e-12);
    }

    [Fact]
    public void Linformer_RefusesLongerSequences()
    {
        using var scope = NewDisposeScope();
        var x = Random("q", 65);

        var error = Assert.Throws<ArgumentException>(() => Run(new LinformerOptions { SequenceLength = 64 }, x, x, x));

        Assert.Contains("padded length 65 does not fit the projection of 64 positions", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Performer_RefusesOtherHeads()
    {
        using var scope = NewDisposeScope();
        var x = Random("q", 5);

        var error = Assert.Throws<ArgumentException>(() => Run(new PerformerOptions(), x, x, x));

        Assert.Contains("heads of 8 do not fit features for 32", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LinformerProjection_IsOneForAllLayers_UnderUpstreamsNames()
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Batches.Small(new LinformerOptions { ProjectedLength = 7, SequenceLength = 64 }), Batches.Seed);
        model.to(float64);
        var state = model.state_dict();

        Assert.Equal([2L, 7, 64], state["model.encoders.0.mha.attn.E"].shape);
        Assert.Single(model.named_parameters(), p => p.name.EndsWith(".E", StringComparison.Ordinal));
        using (no_grad())
        {
            state["model.encoders.1.mha.attn.E"].fill_(3);
        }

        Assert.Equal(3, model.state_dict()["model.encoders.0.mha.attn.E"].mean().item<double>());
    }

    [Fact]
    public void PerformerProjection_IsABufferUnderItsLibrarysName_AndIsNotTrained()
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Batches.Small(new PerformerOptions { FeatureCount = 16, HeadDim = 8 }), Batches.Seed);
        model.to(float64);

        Assert.Equal([16L, 8], model.state_dict()["model.encoders.1.mha.attn.attn_fn.projection_matrix"].shape);
        Assert.Equal(float64, model.state_dict()["model.encoders.1.mha.attn.attn_fn.projection_matrix"].dtype);
        Assert.DoesNotContain(model.named_parameters(), p => p.name.Contains("projection_matrix", StringComparison.Ordinal));
        Assert.NotEqual(
            model.state_dict()["model.encoders.0.mha.attn.attn_fn.projection_matrix"].sum().item<double>(),
            model.state_dict()["model.encoders.1.mha.attn.attn_fn.projection_matrix"].sum().item<double>());
    }

    [Fact]
    public void Linear_ComputesTheProductFromTheRight()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Random("q", 37), Random("k", 37), Random("v", 37));
        var dot = PairwiseReference.Dot(nn.functional.elu(q, 1) + 1, nn.functional.elu(k, 1) + 1);

        var expected = PairwiseReference.Sum(SequenceOffsets.FromLengths(37), v, (i, j, h) => dot(i, j, h)) / Math.Sqrt(64);

        Assert.InRange(Batches.MaxDifference(Run(new LinearOptions(), q, k, v, paddedLength: 64), expected), 0, 1e-12);
    }
}
