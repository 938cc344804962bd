// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

public class LraClassifierTests
{
    private static readonly string[] BlockNames =
    [
        "norm1.weight", "norm1.bias", "mha.W_q.weight", "mha.W_q.bias", "mha.W_k.weight", "mha.W_k.bias", "mha.W_v.weight", "mha.W_v.bias",
        "mha.ff.weight", "mha.ff.bias", "norm2.weight", "norm2.bias", "mlpblock.0.weight", "mlpblock.0.bias", "mlpblock.3.weight", "mlpblock.3.bias",
    ];

    [Fact]
    public void StateDict_HasUpstreamsNames()
    {
        using var model = new LraClassifier(Batches.Small(Batches.Named("yoso conv")), Batches.Seed);

        var expected = new List<string> { "model.embeddings.word_embeddings.weight", "model.embeddings.position_embeddings.weight", "model.norm.weight", "model.norm.bias" };
        expected.AddRange(from layer in new[] { 0, 1 } from name in (string[])[.. BlockNames, "mha.attn.conv.weight"] select $"model.encoders.{layer}.{name}");
        expected.AddRange(from layer in new[] { 0, 2 } from name in new[] { "weight", "bias" } select $"seq_classifer.mlpblock.{layer}.{name}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), model.state_dict().Keys.Order(StringComparer.Ordinal));
        Assert.Equal(expected.Count, model.parameters().Count());
        Assert.Equal([2, 1, 33, 1], model.state_dict()["model.encoders.1.mha.attn.conv.weight"].shape);
    }

    [Fact]
    public void StateDict_HoldsOneBlock_WhenWeightsAreShared()
    {
        using var model = new LraClassifier(Batches.Small(new NoneOptions()) with { SharedWeights = true, LayerCount = 3 }, Batches.Seed);

        Assert.Equal(BlockNames.Select(n => $"model.encoder.{n}").Order(StringComparer.Ordinal), model.state_dict().Keys.Where(k => k.StartsWith("model.encoder", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Pool_DividesByThePaddedLengthOrByTheTokens()
    {
        using var scope = NewDisposeScope();
        var hidden = tensor(new float[] { 1, 2, 3, 4, 5, 6 }).reshape(3, 2);
        var tokens = new PackedTokens(ones(3, int64), tensor(new long[] { 0, 1, 0 }), SequenceOffsets.FromLengths(2, 0, 1), PaddedLength: 8);

        Assert.Equal([0.5f, 0.75f, 0, 0, 0.625f, 0.75f], Yoso.Models.Heads.ClassificationHead.Pool(hidden, tokens).data<float>().ToArray());
        Assert.Equal([2, 3, 0, 0, 5, 6], Yoso.Models.Heads.ClassificationHead.Pool(hidden, tokens, MeanDivisor.TokenCount).data<float>().ToArray());
    }

    [Theory]
    [MemberData(nameof(Batches.Names), MemberType = typeof(Batches))]
    public void Training_LearnsTheLabelsOfFewExamples(string attention)
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Batches.Small(Batches.Named(attention)) with { DropoutProbability = 0 }, Batches.Seed);
        var tokens = Batches.Tokens(Batches.Seed, 20, 48, 17, 30, 5, 48, 21, 9, 33, 12);
        var labels = tensor(new long[] { 0, 1, 2, 3, 0, 1, 2, 3 });
        var optimizer = optim.AdamW(model.parameters(), 1e-2);
        double first = 0, last = 0;

        for (var step = 0; step < 40; step++)
        {
            using var stepScope = NewDisposeScope();
            optimizer.zero_grad();
            var loss = nn.functional.cross_entropy(model.call(tokens, Batches.Seed.Derive(step)), labels);
            AutogradRunner.Backward(loss);
            optimizer.step();
            last = loss.item<float>();
            first = step == 0 ? last : first;
        }

        // ln 4 = 1.39 at the start; a model that ignores its gradient stays there.
        Assert.InRange(first, 1.2, 1.6);
        Assert.True(last < 0.3, $"loss {last} after 40 steps");
    }
}
