// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Experiments.Pretraining;
using Yoso.Models.Attention;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Tests.Pretraining;

[Collection("torch")]
public sealed class PretrainTaskTests
{
    private static readonly WrittenTokens Documents = new([12, 9, 15, 7, 11], [8, 8, 8, 8], [20, 6, 13, 10]);

    private static PretrainRun Small(string task, AttentionOptions? attention = null)
    {
        var run = PretrainConfigurations.Resolve(task, "softmax", "smoke");
        return run with
        {
            Network = run.Network with { VocabularySize = 5000, MaxLength = 32, LayerCount = 1, Dim = 16, EmbeddingDim = 16, HiddenDim = 16, HeadCount = 2, HeadDim = 8, Attention = attention ?? new SoftmaxOptions() },
            Training = run.Training with { BatchSize = 6, Steps = 8, WarmupSteps = 2 },
            Instances = run.Instances with { KeepProbability = 0.5, StepsPerRefill = 3, DevExamples = 5 },
        };
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void Examples_AreAFunctionOfTheStep(string task)
    {
        var run = Small(task);
        PretrainingExamples Examples() => new(Documents, Documents, WrittenTokens.Vocabulary, run.Instances, run.Network, 6, new Yoso.Models.Seed(3));
        var (first, second) = (Examples(), Examples());
        var refill = first.Refill(2);

        var late = second.Batch(second.Refill(second.RefillOf(7)), 7);

        Assert.Equal(2, first.RefillOf(7));
        Assert.Equal(18, refill.Length);
        Assert.Equal(first.Batch(refill, 7).Select(Text), late.Select(Text));
        Assert.NotEqual(first.Batch(refill, 7).Select(Text), first.Batch(refill, 8).Select(Text));
        Assert.NotEqual(refill.Select(i => string.Join(' ', i.Tokens)), first.Refill(1).Select(i => string.Join(' ', i.Tokens)));
        Assert.Equal(first.Dev().Select(Text), second.Dev().Select(Text));
        Assert.Equal(task == "bert" ? 5 : 3, first.Dev().Length); // all three blocks, or the first five examples

        static string Text(MaskedInstance i) => $"{string.Join(' ', i.Tokens)} | {string.Join(' ', i.Positions)} | {i.SentenceLabel}";
    }

    [Fact]
    public void Dev_IsTheSameForAllSeeds()
    {
        var run = Small("bert");
        string[] Dev(ulong seed) =>
            [.. new PretrainingExamples(Documents, Documents, WrittenTokens.Vocabulary, run.Instances, run.Network, 6, new Yoso.Models.Seed(seed)).Dev().Select(i => string.Join(' ', i.Tokens))];

        Assert.Equal(Dev(1), Dev(2));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    public void MicroBatches_AddUpToTheBatch(string task)
    {
        using var scope = NewDisposeScope();
        var run = Small(task) with { };
        run = run with { Network = run.Network with { DropoutProbability = 0 } };
        var whole = Gradients(run);
        var parts = Gradients(run with { Training = run.Training with { MicroBatchSize = 4 } });

        Assert.Equal(whole.Loss, parts.Loss, 1e-5);
        foreach (var (a, b) in whole.Gradients.Zip(parts.Gradients))
        {
            // float32 rounding of sums in another order.
            Assert.True((a - b).abs().max().item<float>() <= 1e-5 * Math.Max(1, a.abs().max().item<float>()));
        }
    }

    [Fact]
    public void Loss_IsTheSumOfTheMeansOfBothTasks()
    {
        using var scope = NewDisposeScope();
        var run = Small("bert");
        run = run with { Network = run.Network with { DropoutProbability = 0 } };
        using var task = new PretrainTask(run, Documents, Documents, WrittenTokens.Vocabulary, CPU, 1);

        var (loss, dev) = (task.AccumulateGradients(0), task.Evaluate("dev", TestContext.Current.CancellationToken));

        // Random weights of this size predict nothing: log of the classes, of which there are 5,000 tokens and 4 sentences.
        Assert.InRange(loss, Math.Log(5000) + Math.Log(4) - 0.7, Math.Log(5000) + Math.Log(4) + 0.7);
        Assert.Equal(Math.Exp(dev.Loss), dev.Of("perplexity"), 1e-9 * Math.Exp(dev.Loss));
        Assert.InRange(dev.Of("sop-loss"), Math.Log(4) - 0.5, Math.Log(4) + 0.5);
        Assert.InRange(dev.Of("sop-accuracy"), 0, 100);
    }

    [Fact]
    public void Evaluation_GivesTheSameNumberTwice_WithSampledAttention()
    {
        using var task = new PretrainTask(Small("roberta", new YosoOptions { HashCount = 8, HashCodeLength = 4 }), Documents, Documents, WrittenTokens.Vocabulary, CPU, 1);

        var first = task.Evaluate("dev", TestContext.Current.CancellationToken);
        var second = task.Evaluate("dev", TestContext.Current.CancellationToken);

        Assert.Equal(first.Loss, second.Loss);
        Assert.True(double.IsNaN(first.Of("sop-accuracy")));
    }

    [Fact]
    public void FewDocuments_AreLearnt_AlsoInBfloat16()
    {
        foreach (var bfloat16 in new[] { false, true })
        {
            var run = Small("roberta") with { Bfloat16 = bfloat16 };
            run = run with { Network = run.Network with { DropoutProbability = 0 } };
            using var task = new PretrainTask(run, Documents, Documents, WrittenTokens.Vocabulary, CPU, 1);
            var optimizer = optim.AdamW(task.Parameters, 0.02);
            var losses = new List<double>();
            for (var step = 0; step < 40; step++)
            {
                task.Model.train();
                optimizer.zero_grad();
                losses.Add(task.AccumulateGradients(step));
                optimizer.step();
            }

            Assert.True(losses.TakeLast(5).Average() < losses[0] - 3, $"bfloat16 {bfloat16}: loss went from {losses[0]:F2} to {losses[^1]:F2}");
        }
    }

    [Fact]
    public void EmptyCorpus_IsNamed()
    {
        var run = Small("bert");

        Assert.Contains("0 documents", Assert.Throws<InvalidDataException>(() =>
            new PretrainingExamples(new WrittenTokens(), Documents, WrittenTokens.Vocabulary, run.Instances, run.Network, 6, new Yoso.Models.Seed(1))).Message, StringComparison.Ordinal);
    }

    private static (double Loss, Tensor[] Gradients) Gradients(PretrainRun run)
    {
        var task = new PretrainTask(run, Documents, Documents, WrittenTokens.Vocabulary, CPU, 1);
        var loss = task.AccumulateGradients(4);
        return (loss, [.. task.Parameters.Where(p => p.grad is not null).Select(p => p.grad!)]);
    }
}
