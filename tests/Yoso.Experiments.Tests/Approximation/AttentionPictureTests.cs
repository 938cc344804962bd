// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Data.Images;
using Yoso.Experiments.Approximation;
using Yoso.Experiments.Tests.Runs;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;
using HashSampler = Yoso.Cpu.HashSampler;

namespace Yoso.Experiments.Tests.Approximation;

public sealed class AttentionPictureTests
{
    private static readonly Seed Seed = new(20260101);

    private static LraClassifierOptions Options(AttentionOptions attention) =>
        new() { VocabularySize = 20, PaddedLength = 64, ClassCount = 4, Dim = 16, HiddenDim = 24, HeadCount = 2, HeadDim = 32, Attention = attention };

    private static PackedTokens Tokens(int count) =>
        new(arange(count, int64) % 19 + 1, arange(count, int64), SequenceOffsets.FromLengths(count), 64);

    /// <summary>The last layer's output of the heads gives the model's logits when it is carried on, so heads in between are the model's own.</summary>
    [Fact]
    public void Heads_AreThoseOfTheModel()
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Options(new SoftmaxOptions()), Seed);
        model.eval();
        var heads = new TrainedHeads(Options(new SoftmaxOptions()), model.state_dict()).Of(Tokens(23));
        Assert.Equal([(0, 0), (0, 1), (1, 0), (1, 1)], heads.Select(h => (h.Layer, h.Head)));

        // Making the second layer's query projection q -> q + c changes its queries by c, and its keys not at all.
        var before = heads[2];
        using (no_grad())
        {
            model.state_dict()["model.encoders.1.mha.W_q.bias"].add_(1);
        }

        var after = new TrainedHeads(Options(new SoftmaxOptions()), model.state_dict()).Of(Tokens(23))[2];

        Assert.Equal(1, (after.Query - before.Query).mean().item<float>(), 1e-5f);
        Assert.True((after.Key - before.Key).abs().max().item<float>() < 1e-6);
        // The values that reach layer 2 are those of the model: its attention, computed from these heads, is a probability over the keys.
        Assert.All(AttentionMatrices.Softmax(after).Chunk(23), row => Assert.Equal(1, row.Sum(), 1e-5));
    }

    [Fact]
    public void Heads_OfMechanismsWithWeights_AreRefused()
    {
        using var scope = NewDisposeScope();
        var options = Options(new YosoOptions { ConvWindow = 3 });
        using var model = new LraClassifier(options, Seed);

        Assert.Throws<NotSupportedException>(() => new TrainedHeads(options, model.state_dict()).Of(Tokens(5)));
    }

    [Theory]
    [InlineData(HashSampler.Spread)]
    [InlineData(HashSampler.Shared)]
    public void SampledMatrix_ComesToTheExpectation_AsTheHashesGrow(HashSampler sampler)
    {
        using var scope = NewDisposeScope();
        using var generator = new TorchSharp.torch.Generator(5);
        var head = new TrainedHead(0, 0, randn([12, 32], generator: generator), randn([12, 32], generator: generator));
        var expectation = AttentionMatrices.Expectation(head, 4);

        var sampled = AttentionMatrices.Sampled(head, 4096, 4, sampler, Seed);

        // Standard error at most 1 / (2 √4096) = 0.008, five of them; Shared has less probability by its bias, below 0.02 at τ = 4.
        Assert.All(sampled.Zip(expectation), p => Assert.InRange(p.First - p.Second, sampler == HashSampler.Shared ? -0.06 : -0.04, 0.04));
        Assert.True(Math.Abs(sampled.Average() - expectation.Average()) < 0.01);
    }

    [Fact]
    public void Png_IsDarkWhereARowIsLargest_AndWhiteWhereItIsZero()
    {
        var (width, height, grey) = GreyPng.Read(MatrixPicture.Png([1, 2, 0, 0]), "test");

        Assert.Equal((2, 2), (width, height));
        Assert.Equal([127, 0, 255, 255], grey);
    }

    [Fact]
    public void Png_OfALargeMatrix_ShowsMeans()
    {
        var matrix = new double[400 * 400];
        matrix[0] = 9;

        var (width, _, grey) = GreyPng.Read(MatrixPicture.Png(matrix), "test");

        Assert.Equal(134, width); // blocks of three
        Assert.Equal((0, 255), (grey[0], grey[1]));
    }

    [Fact]
    public async Task Bench_WritesTablesAndPlots_AndNamesRunsThatAreNotThere()
    {
        var output = Directory.CreateTempSubdirectory("yoso-approximation-").FullName;

        var (code, text, errors) = await ProgramRuns.Run("bench", "approximation", "--pictures", "lra/listops/softmax", "--output", output);

        Assert.True(code == 0, errors);
        Assert.Contains("no attention matrices of lra/listops/softmax seed 1 (smoke): it is not finished", text, StringComparison.Ordinal);
        Assert.Equal(
            [
                .. from input in (string[])["clustered", "random"]
                   from figure in (string[])["gradients", "hashes", "length"]
                   select $"approximation-{input}-{figure}.svg",
                "approximation.json", "approximation.md",
            ],
            Directory.GetFiles(Path.Combine(output, "bench")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Directory.Delete(output, recursive: true);
    }
}
