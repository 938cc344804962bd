// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Data;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.LongRangeArena.StepTimes;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.LongRangeArena.StepTimes;

/// <summary>Plain TorchSharp on padded batches against the model that jobs run: what is timed against each other computes the same.</summary>
public sealed class TorchSoftmaxTests
{
    private static readonly LraClassifierOptions Options = new()
    {
        VocabularySize = 32, PaddedLength = 24, ClassCount = 10, Attention = new SoftmaxOptions(), DropoutProbability = 0,
    };

    private static readonly SequenceDataset Data = SequenceDataset.FromExamples(
        [(1, [3, 9, 4, 1, 7]), (0, [5]), (9, [.. Enumerable.Range(1, 24).Select(i => (ushort)i)])], new SequenceShape(1, 24, 32, 10));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Forward_EqualsTheClassifier_InValuesAndGradients(bool training)
    {
        using var scope = NewDisposeScope();
        using var classifier = new LraClassifier(Options, new Seed(3));
        classifier.train(training);
        var torchSharp = new TorchSoftmax(Options, classifier);
        var labels = tensor([1L, 0L, 9L]);

        var expected = classifier.call(LraBatch.Of(Data, [0, 1, 2], maskZero: true).First.Tokens(CPU), new Seed(5));
        var actual = torchSharp.Forward(TorchSoftmax.Padded(Data, [0, 1, 2]), training);

        Assert.True((expected - actual).abs().max().item<float>() < 1e-5f, $"{expected.str()} against {actual.str()}");
        var (fused, plain) = (Gradients(classifier, expected, labels), Gradients(classifier, actual, labels));
        Assert.All(fused.Zip(plain), p => Assert.True((p.First - p.Second).abs().max().item<float>() < 1e-5f));
        Assert.Contains(fused, g => g.abs().max().item<float>() > 1e-3f);
    }

    [Fact]
    public void Forward_DropsOut_InTrainingOnly()
    {
        using var scope = NewDisposeScope();
        var options = Options with { DropoutProbability = 0.5 };
        using var classifier = new LraClassifier(options, new Seed(3));
        var torchSharp = new TorchSoftmax(options, classifier);
        Tensor Logits(bool training) => torchSharp.Forward(TorchSoftmax.Padded(Data, [0, 2]), training);

        Assert.Equal(0f, (Logits(false) - Logits(false)).abs().max().item<float>());
        Assert.True((Logits(true) - Logits(true)).abs().max().item<float>() > 1e-5f);
    }

    private static Tensor[] Gradients(LraClassifier classifier, Tensor logits, Tensor labels)
    {
        foreach (var parameter in classifier.parameters())
        {
            parameter.grad?.zero_();
        }

        AutogradRunner.Backward(nn.functional.cross_entropy(logits, labels));
        return [.. classifier.parameters().Select(p => p.grad is { } g ? g.clone() : zeros_like(p))];
    }
}
