// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Encoders;

/// <summary>The packed models against plain TorchSharp on padded batches, in float64: outputs and the gradients of every weight.</summary>
public sealed class LanguageModelTests
{
    // float64 arithmetic of some 10^5 operations a value, whose rounding adds up to 1e-16 · sqrt(10^5) of terms of size 100.
    private const double Rounding = 1e-11;
    private static readonly int[] Lengths = [24, 5, 13, 2];

    public static TheoryData<LanguageModelStyle, string> Cases()
    {
        var cases = new TheoryData<LanguageModelStyle, string>();
        foreach (var (name, _) in Batches.Attentions)
        {
            cases.Add(LanguageModelStyle.Bert, name);
            cases.Add(LanguageModelStyle.Roberta, name);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Pretraining_EqualsPaddedExecution(LanguageModelStyle style, string attention) =>
        AssertPretraining(LanguageBatches.Small(style, Batches.Named(attention)) with { DropoutProbability = 0 });

    [Theory]
    [InlineData(LanguageModelStyle.Bert)]
    [InlineData(LanguageModelStyle.Roberta)]
    public void Pretraining_EqualsPaddedExecution_WithNarrowTablesAndSharedWeights(LanguageModelStyle style) =>
        AssertPretraining(LanguageBatches.Small(style, new YosoOptions { HashCount = 8, HashCodeLength = 3 }) with { DropoutProbability = 0, EmbeddingDim = 12, SharedWeights = true });

    private static void AssertPretraining(LanguageModelOptions options)
    {
        using var scope = NewDisposeScope();
        using var model = new LanguagePretrainingModel(options, Batches.Seed);
        model.to(float64);
        var (tokens, types) = LanguageBatches.Tokens(options, Lengths);
        long[] rows = [1, 7, 23, 25, 30, 43];
        var flat = tensor(new long[] { 1, 7, 23, 24 + 1, 2 * 24 + 1, 3 * 24 + 1 }); // the same tokens in the padded batch
        var direction = Batches.Normal(Batches.Seed.Derive("direction"), rows.Length, options.VocabularySize).to(float64);
        var weights = Batches.WeightCopies(model);

        var logits = model.Forward(tokens, types, tensor(rows), Batches.Seed);
        AutogradRunner.Backward((logits.TokenLogits * direction).sum() + (logits.SentenceLogits?.pow(2).sum() ?? zeros(1).to(float64).sum()));

        var padded = new PaddedLanguageModel(options, weights);
        var (ids, paddedTypes, mask) = LanguageBatches.Pad(tokens, types);
        var hidden = padded.Hidden(ids, paddedTypes, mask, Batches.Seed);
        var expected = padded.TokenLogits(hidden.flatten(0, 1).index_select(0, flat));
        var sentence = options.Style == LanguageModelStyle.Bert ? padded.Linear(padded.Pooled(hidden), "sen_class") : null;
        AutogradRunner.Backward((expected * direction).sum() + (sentence?.pow(2).sum() ?? zeros(1).to(float64).sum()));

        Assert.InRange(Batches.MaxDifference(logits.TokenLogits, expected), 0, Rounding);
        Assert.Equal(options.Style == LanguageModelStyle.Bert, logits.SentenceLogits is not null);
        if (sentence is not null)
        {
            Assert.Equal([Lengths.Length, 4], logits.SentenceLogits!.shape);
            Assert.InRange(Batches.MaxDifference(logits.SentenceLogits, sentence), 0, Rounding);
        }

        AssertGradients(model, weights);
    }

    [Theory]
    [InlineData(LanguageModelStyle.Bert, 3)]
    [InlineData(LanguageModelStyle.Roberta, 3)]
    [InlineData(LanguageModelStyle.Bert, 1)]
    public void Classifier_EqualsPaddedExecution(LanguageModelStyle style, int classes)
    {
        using var scope = NewDisposeScope();
        var options = LanguageBatches.Small(style, new SoftmaxOptions()) with { DropoutProbability = 0 };
        using var model = new LanguageClassifier(options, classes, Batches.Seed);
        model.to(float64);
        var (tokens, types) = LanguageBatches.Tokens(options, Lengths);
        var weights = Batches.WeightCopies(model);

        var logits = model.call(tokens, types, Batches.Seed);
        AutogradRunner.Backward(logits.pow(2).sum());

        var padded = new PaddedLanguageModel(options, weights);
        var (ids, paddedTypes, mask) = LanguageBatches.Pad(tokens, types);
        var hidden = padded.Hidden(ids, paddedTypes, mask, Batches.Seed);
        var expected = style == LanguageModelStyle.Bert
            ? padded.Linear(padded.Pooled(hidden), "sen_class")
            : padded.Linear(padded.Linear(hidden.select(1, 0), "sen_classifer.dense").tanh(), "sen_classifer.classifer");
        AutogradRunner.Backward(expected.pow(2).sum());

        Assert.Equal([Lengths.Length, classes], logits.shape);
        Assert.InRange(Batches.MaxDifference(logits, expected), 0, Rounding);
        AssertGradients(model, weights);
    }

    [Fact]
    public void TokenScorer_ScoresEveryToken()
    {
        using var scope = NewDisposeScope();
        var options = LanguageBatches.Small(LanguageModelStyle.Roberta, new SoftmaxOptions()) with { DropoutProbability = 0 };
        using var model = new TokenScorer(options, Batches.Seed);
        model.to(float64);
        var (tokens, _) = LanguageBatches.Tokens(options, 6, 3);
        var weights = model.named_parameters().ToDictionary(p => p.name, p => p.parameter.detach().clone());
        var (ids, types, mask) = LanguageBatches.Pad(tokens, null);

        var padded = new PaddedLanguageModel(options, weights);
        var expected = padded.Linear(padded.Hidden(ids, types, mask, Batches.Seed), "qahead");

        Assert.InRange(Batches.MaxDifference(model.call(tokens, Batches.Seed), cat([expected[0].narrow(0, 0, 6), expected[1].narrow(0, 0, 3)]).view(-1)), 0, Rounding);
    }

    private static void AssertGradients(nn.Module model, Dictionary<string, Tensor> weights)
    {
        foreach (var (name, parameter) in model.named_parameters())
        {
            var expected = weights[name].grad ?? zeros_like(weights[name]);
            var difference = Batches.MaxDifference(parameter.grad ?? zeros_like(parameter), expected);
            var scale = Math.Max(1, expected.abs().max().item<double>());
            Assert.True(difference <= Rounding * scale, $"{name}: gradients differ by {difference:E1}, largest {scale:F2}");
        }

        Assert.True(weights["model.embeddings.word_embeddings.weight"].grad!.abs().max().item<double>() > 1e-6, "the comparison has no gradient to compare");
    }

    [Theory]
    [InlineData(LanguageModelStyle.Bert)]
    [InlineData(LanguageModelStyle.Roberta)]
    public void Names_AreUpstreams(LanguageModelStyle style)
    {
        using var scope = NewDisposeScope();
        using var model = new LanguagePretrainingModel(LanguageBatches.Small(style, new YosoOptions()) with { EmbeddingDim = 12, LayerCount = 1 }, Batches.Seed);
        string[] layers = ["mha.W_q", "mha.W_k", "mha.W_v", "mha.ff", "norm1", "ff.0", "ff.2", "norm2"];
        string[] expected =
        [
            "model.embeddings.word_embeddings.weight", "model.embeddings.position_embeddings.weight", "model.embeddings.token_type_embeddings.weight",
            .. Both("model.embeddings.dense"), .. Both("model.embeddings.norm"), .. layers.SelectMany(l => Both($"model.backbone.backbone.encoders.0.{l}")),
            .. Both("mlm.dense"), .. Both("mlm.norm"), .. Both("mlm.mlm_class"), .. style == LanguageModelStyle.Bert ? Both("model.pooler").Concat(Both("sen_class")) : [],
        ];

        var state = model.state_dict();

        Assert.Equal(expected.Order(StringComparer.Ordinal), state.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([style == LanguageModelStyle.Bert ? 24 : 26, 12], state["model.embeddings.position_embeddings.weight"].shape);
        Assert.Equal([style == LanguageModelStyle.Bert ? 2 : 1, 12], state["model.embeddings.token_type_embeddings.weight"].shape);

        static IEnumerable<string> Both(string layer) => [$"{layer}.weight", $"{layer}.bias"];
    }

    [Fact]
    public void Decoder_IsTheTokenTable_AfterAMoveAndAStep()
    {
        using var scope = NewDisposeScope();
        using var model = new LanguagePretrainingModel(LanguageBatches.Small(LanguageModelStyle.Bert, new SoftmaxOptions()), Batches.Seed);
        model.to(float64).to(float32);
        var parameters = model.named_parameters().ToArray();
        using var optimizer = optim.AdamW(model.parameters(), 0.1);
        foreach (var (_, parameter) in parameters)
        {
            parameter.grad = ones_like(parameter);
        }

        var before = model.state_dict()["model.embeddings.word_embeddings.weight"].detach().clone();
        optimizer.step();
        var state = model.state_dict();

        Assert.DoesNotContain(parameters, p => p.name == "mlm.mlm_class.weight");
        Assert.True(state["mlm.mlm_class.weight"].Equals(state["model.embeddings.word_embeddings.weight"]));
        // The first Adam step is the learning rate, whatever the gradient; a parameter that counted twice would move 0.2.
        Assert.InRange(Batches.MaxDifference(before - state["mlm.mlm_class.weight"], full_like(before, 0.1)), 0, 1e-5);
    }

    [Fact]
    public void Gradient_OfTheTokenTable_HasBothItsUses()
    {
        using var scope = NewDisposeScope();
        var options = LanguageBatches.Small(LanguageModelStyle.Roberta, new NoneOptions()) with { DropoutProbability = 0 };
        using var model = new LanguagePretrainingModel(options, Batches.Seed);
        var tokens = new PackedTokens(tensor(new long[] { 3, 4 }), tensor(new long[] { 0, 1 }), SequenceOffsets.FromLengths(2), 24);

        AutogradRunner.Backward(model.Forward(tokens, null, tensor(new long[] { 1 }), Batches.Seed).TokenLogits.select(1, 9).sum());

        var gradient = model.named_parameters().Single(p => p.name == "model.embeddings.word_embeddings.weight").parameter.grad!.abs().sum(1);
        Assert.True(gradient[9].item<float>() > 0, "row 9 is used by the decoder only");
        Assert.True(gradient[4].item<float>() > 0, "row 4 is used by the embedding only");
        Assert.Equal(0, gradient[3].item<float>()); // without attention the first token does not reach the second
    }

    [Fact]
    public void SentenceHead_HasUpstreamsInitialWeights()
    {
        using var scope = NewDisposeScope();
        using var model = new LanguageClassifier(LanguageBatches.Small(LanguageModelStyle.Bert, new SoftmaxOptions()) with { Dim = 64, EmbeddingDim = 64 }, 100, Batches.Seed);
        var state = model.state_dict();

        Assert.Equal(0, state["sen_class.bias"].abs().max().item<float>());
        // 6,400 normal values: 5 standard errors of the standard deviation are 4.4 %.
        Assert.InRange(state["sen_class.weight"].std().item<float>(), 0.0191, 0.0209);
    }

    [Fact]
    public void BadInput_IsNamed()
    {
        using var scope = NewDisposeScope();
        var options = LanguageBatches.Small(LanguageModelStyle.Bert, new SoftmaxOptions());
        using var encoder = new LanguageEncoder(options, Batches.Seed);
        var (tokens, types) = LanguageBatches.Tokens(options, 3);

        Assert.Contains("token id 30 is not in 0 .. 29", Message(() => encoder.call(tokens with { TokenIds = tensor(new long[] { 1, 30, 2 }) }, types, Batches.Seed)), StringComparison.Ordinal);
        Assert.Contains("padded length 25 does not fit the 24 positions", Message(() => encoder.call(tokens with { PaddedLength = 25 }, types, Batches.Seed)), StringComparison.Ordinal);
        Assert.Contains("type ids [2] must be [3]", Message(() => encoder.call(tokens, types!.narrow(0, 0, 2), Batches.Seed)), StringComparison.Ordinal);
        Assert.Contains("sequence 0 has no token", Message(() => LanguageEncoder.FirstTokens(zeros(2, 3), SequenceOffsets.FromLengths(0, 2))), StringComparison.Ordinal);
        Assert.Contains("HashCount is 0", Message(() => new LanguageEncoder(options with { Attention = new YosoOptions { HashCount = 0 } }, Batches.Seed)), StringComparison.Ordinal);
        Assert.Contains("a classifier of 0 classes", Message(() => new LanguageClassifier(options, 0, Batches.Seed)), StringComparison.Ordinal);
        Assert.Equal(["Dim is 0; it must be at least 1"], (options with { Dim = 0 }).Problems());

        static string Message(Action action) => Assert.Throws<ArgumentException>(action).Message;
    }

    [Fact]
    public void LiveTensors_StayConstantOverSteps()
    {
        var options = LanguageBatches.Small(LanguageModelStyle.Bert, new YosoOptions { HashCount = 8, HashCodeLength = 3 });
        using var model = new LanguagePretrainingModel(options, Batches.Seed);
        using var optimizer = optim.AdamW(model.parameters(), 1e-3);
        var live = new List<long>();
        for (var step = 0; step < 6; step++)
        {
            using (NewDisposeScope())
            {
                optimizer.zero_grad();
                var (tokens, types) = LanguageBatches.Tokens(options, 7, 24, 3);
                var logits = model.Forward(tokens, types, tensor(new long[] { 1, 9 }), Batches.Seed.Derive(step));
                AutogradRunner.Backward(logits.TokenLogits.sum() + logits.SentenceLogits!.sum());
                optimizer.step();
            }

            live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        }

        Assert.Single(live.Skip(2).Distinct()); // the first two make gradients and optimizer state
    }
}
