// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

public class TrainingStepTests
{
    [Theory]
    [MemberData(nameof(Batches.Names), MemberType = typeof(Batches))]
    public void LiveTensors_StayConstantOverSteps(string attention)
    {
        using var model = new LraClassifier(Batches.Small(Batches.Named(attention)), Batches.Seed);
        var optimizer = optim.AdamW(model.parameters(), 1e-3);
        var live = new List<long>();

        for (var step = 0; step < 6; step++)
        {
            using (var scope = NewDisposeScope())
            {
                optimizer.zero_grad();
                var tokens = Batches.Tokens(Batches.Seed.Derive(step), 20, 48, 7, 0, 31, 1);
                AutogradRunner.Backward(nn.functional.cross_entropy(model.call(tokens, Batches.Seed.Derive(step)), tensor(new long[] { 0, 1, 2, 3 })));
                optimizer.step();
            }

            live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        // The first two steps make gradients and optimizer state.
        Assert.Single(live.Skip(2).Distinct());
    }

    [Fact]
    public void Optimizer_StepsEveryParameterOnce()
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Batches.Small(Batches.Named("yoso conv")), Batches.Seed);
        var before = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        var optimizer = optim.AdamW(model.parameters(), 0.1);
        foreach (var parameter in model.parameters())
        {
            parameter.grad = ones_like(parameter);
        }

        optimizer.step();

        foreach (var (name, parameter) in model.named_parameters())
        {
            // The first Adam step is the learning rate, whatever the gradient; twice stepped it would be 0.2.
            Assert.True(((before[name] - parameter) - 0.1).abs().max().item<float>() < 1e-5, name);
        }
    }

    [Theory]
    [MemberData(nameof(Batches.Names), MemberType = typeof(Batches))]
    public void SameSeeds_GiveTheSameBits(string attention)
    {
        using var scope = NewDisposeScope();
        var (first, second, other) = (Step(attention, 1), Step(attention, 1), Step(attention, 2));

        Assert.True(first.Logits.Equals(second.Logits));
        Assert.True(first.Gradient.Equals(second.Gradient));
        Assert.False(first.Logits.Equals(other.Logits));
    }

    private static (Tensor Logits, Tensor Gradient) Step(string attention, long step)
    {
        using var model = new LraClassifier(Batches.Small(Batches.Named(attention)), Batches.Seed);
        // Tests run side by side and share torch's generator: no dropout here.
        model.eval();
        var logits = model.call(Batches.Tokens(Batches.Seed.Derive(step), 20, 48, 7, 0, 31, 1), Batches.Seed.Derive(step));
        AutogradRunner.Backward(logits.pow(2).sum());
        return (logits, model.named_parameters().Single(p => p.name == "model.encoders.0.mha.W_v.weight").parameter.grad!.clone());
    }

    [Fact]
    public void Weights_AreThoseOfTheSeed_AndHaveTheDocumentedScale()
    {
        using var scope = NewDisposeScope();
        var options = new LraClassifierOptions { VocabularySize = 200, PaddedLength = 200, ClassCount = 10, Attention = new YosoOptions { ConvWindow = 33 } };
        using var first = new LraClassifier(options, Batches.Seed);
        using var second = new LraClassifier(options, Batches.Seed);
        using var other = new LraClassifier(options, Batches.Seed.Derive(1));
        var (a, b, c) = (first.state_dict(), second.state_dict(), other.state_dict());

        foreach (var (name, weight) in a)
        {
            Assert.True(weight.Equals(b[name]), name);
            Assert.Equal(name.Contains("norm", StringComparison.Ordinal), weight.Equals(c[name]));
        }

        Assert.Equal([256, 64], a["model.embeddings.position_embeddings.weight"].shape);
        // 16,384 normal values: 5 standard errors of the standard deviation are 2.8 %.
        Assert.InRange(a["model.embeddings.position_embeddings.weight"].std().item<float>(), 0.0194, 0.0206);
        var query = a["model.encoders.0.mha.W_q.weight"];
        Assert.InRange(query.abs().max().item<float>(), 0.124, 0.125);
        Assert.InRange(query.std().item<float>(), 0.125 / Math.Sqrt(3) * 0.95, 0.125 / Math.Sqrt(3) * 1.05);
        Assert.InRange(a["model.encoders.0.mlpblock.3.bias"].abs().max().item<float>(), 0, 1 / Math.Sqrt(128));
        Assert.False(query.Equals(a["model.encoders.1.mha.W_q.weight"]));
        Assert.False(query.Equals(a["model.encoders.0.mha.W_k.weight"]));
    }

    [Theory]
    [MemberData(nameof(Batches.Names), MemberType = typeof(Batches))]
    public void Logits_AreThoseOfTheBias_WhenEverythingIsMasked(string attention)
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(Batches.Small(Batches.Named(attention)), Batches.Seed);

        var empty = model.call(Batches.Tokens(Batches.Seed, 20, 48, 0, 0), Batches.Seed);
        var mixed = model.call(Batches.Tokens(Batches.Seed, 20, 48, 0, 3), Batches.Seed);
        AutogradRunner.Backward(empty.sum());

        Assert.True(empty[0].Equals(empty[1]));
        Assert.True(empty.isfinite().all().item<bool>());
        Assert.InRange(Batches.MaxDifference(empty[0], mixed[0]), 0, 1e-6);
    }

    [Fact]
    public void Model_SurvivesTheDisposeScopeThatItWasBuiltIn()
    {
        LraClassifier model;
        using (NewDisposeScope())
        {
            model = new LraClassifier(Batches.Small(Batches.Named("yoso conv")), Batches.Seed);
        }

        using (model)
        using (NewDisposeScope())
        {
            Assert.True(model.call(Batches.Tokens(Batches.Seed, 20, 48, 3), Batches.Seed).isfinite().all().item<bool>());
        }
    }

    [Fact]
    public void Weights_StayUsable_WhenTheModelIsUnreachable()
    {
        using var scope = NewDisposeScope();
        var weights = StateOfAForgottenModel();
        GC.Collect();
        GC.WaitForPendingFinalizers();

        Assert.All(weights, w => Assert.True(w.Value.isfinite().all().item<bool>(), w.Key));
    }

    private static Dictionary<string, Tensor> StateOfAForgottenModel() => new LraClassifier(Batches.Small(new SoftmaxOptions()), Batches.Seed).state_dict();

    [Fact]
    public void DualClassifier_SharesTheEncoder_AndTellsTheTowersApart()
    {
        using var scope = NewDisposeScope();
        using var model = new LraDualClassifier(Batches.Small(new SoftmaxOptions()), Batches.Seed);
        model.eval();
        var (first, second) = (Batches.Tokens(Batches.Seed, 20, 48, 7, 12), Batches.Tokens(Batches.Seed.Derive(1), 20, 48, 9, 4));

        var logits = model.call(first, second, Batches.Seed);

        Assert.Equal([2, 4], logits.shape);
        Assert.Equal([24, 64], model.state_dict()["seq_classifer.mlpblock.0.weight"].shape);
        Assert.False(logits.Equals(model.call(second, first, Batches.Seed)));
        Assert.Contains("not 2 and 1", Assert.Throws<ArgumentException>(() => model.call(first, Batches.Tokens(Batches.Seed, 20, 48, 3), Batches.Seed)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BadInput_IsNamed()
    {
        using var scope = NewDisposeScope();
        var options = Batches.Small(new SoftmaxOptions());
        using var model = new LraClassifier(options, Batches.Seed);
        var tokens = Batches.Tokens(Batches.Seed, 20, 48, 3);

        Assert.Contains("padded length 100 does not fit the 64 positions", Assert.Throws<ArgumentException>(() => model.call(tokens with { PaddedLength = 100 }, Batches.Seed)).Message, StringComparison.Ordinal);
        Assert.Contains("must be [4]", Assert.Throws<ArgumentException>(() => model.call(tokens with { Offsets = SequenceOffsets.FromLengths(4) }, Batches.Seed)).Message, StringComparison.Ordinal);
        Assert.Contains("token id 20 is not in 0 .. 19", Assert.Throws<ArgumentException>(() => model.call(tokens with { TokenIds = tensor(new long[] { 1, 20, 2 }) }, Batches.Seed)).Message, StringComparison.Ordinal);
        Assert.Contains("position 48 is not in 0 .. 47", Assert.Throws<ArgumentException>(() => model.call(tokens with { PositionIds = tensor(new long[] { 1, 48, 2 }) }, Batches.Seed)).Message, StringComparison.Ordinal);
        Assert.Contains("offsets fall from 5 to 3", Assert.Throws<ArgumentException>(() => new SequenceOffsets([0, 5, 3])).Message, StringComparison.Ordinal);
        Assert.Contains("HashCodeLength is 17", Assert.Throws<ArgumentException>(() => new LraClassifier(options with { Attention = new YosoOptions { HashCodeLength = 17 } }, Batches.Seed)).Message, StringComparison.Ordinal);
        Assert.Equal(
            ["HeadCount is 0; it must be at least 1", "DropoutProbability is 1; it must be at least 0 and below 1", "HashCount is 0; it must be 1 to 4096", "ConvWindow is 4; it must be odd and positive, so that the output keeps the length"],
            (options with { HeadCount = 0, DropoutProbability = 1, Attention = new YosoOptions { HashCount = 0, ConvWindow = 4 } }).Problems());
    }
}
