// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Data;
using Yoso.Data.ListOps;
using Yoso.Experiments.LongRangeArena;
using Yoso.Models.Attention;

namespace Yoso.Experiments.Tests.LongRangeArena;

public sealed class LraTaskTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-task-");

    [Fact]
    public void AccumulateGradients_GivesTheGradientOfTheWholeBatch_ForAnyMicroBatch()
    {
        var run = LraConfigurations.Resolve("listops", "softmax", "smoke") with { Data = new ListOpsTrees { Options = Data } };
        run = run with { Network = run.Network with { DropoutProbability = 0, Attention = new SoftmaxOptions() } };
        var data = ListOpsDataSet.Prepare(Data, _folder.FullName, cancellation: TestContext.Current.CancellationToken);

        var whole = Gradients(run, data);
        var parts = Gradients(run with { Training = run.Training with { MicroBatchSize = 5 } }, data);

        Assert.Equal(whole.Loss, parts.Loss, 1e-5);
        for (var i = 0; i < whole.Values.Length; i++)
        {
            Assert.True((whole.Values[i] - parts.Values[i]).abs().max().item<float>() < 1e-5f, $"parameter {i}");
        }
    }

    [Fact]
    public void EvaluatedExamples_DropTheLastPartialTestBatch_AsTheProtocolSays()
    {
        var run = LraConfigurations.Resolve("listops", "none", "smoke") with { Data = new ListOpsTrees { Options = Data } };
        using var paper = new LraTask(run, ListOpsDataSet.Prepare(Data, _folder.FullName, cancellation: TestContext.Current.CancellationToken), torch.CPU, 1);
        using var clean = new LraTask(run with { Protocol = run.Protocol with { DropLastTestBatch = false } }, ListOpsDataSet.Prepare(Data, _folder.FullName, cancellation: TestContext.Current.CancellationToken), torch.CPU, 1);

        Assert.Equal(64, paper.EvaluatedExamples("test").Count);
        Assert.Equal(80, clean.EvaluatedExamples("test").Count);
        Assert.Equal(80, clean.Evaluate("test", TestContext.Current.CancellationToken).Count);
    }

    [Fact]
    public void AccumulateGradients_IsAFunctionOfTheStep_WhateverCameBefore()
    {
        var run = LraConfigurations.Resolve("listops", "yoso-16", "smoke") with { Data = new ListOpsTrees { Options = Data } };
        var data = ListOpsDataSet.Prepare(Data, _folder.FullName, cancellation: TestContext.Current.CancellationToken);
        using var resumed = new LraTask(run, data, torch.CPU, 1);
        using var whole = new LraTask(run, data, torch.CPU, 1);
        for (var step = 0; step < 5; step++)
        {
            whole.AccumulateGradients(step);
        }

        foreach (var parameter in whole.Parameters)
        {
            parameter.grad?.zero_();
        }

        Assert.Equal(whole.AccumulateGradients(5), resumed.AccumulateGradients(5));
        Assert.All(whole.Parameters.Zip(resumed.Parameters), p => Assert.Equal(p.First.grad?.data<float>().ToArray() ?? [], p.Second.grad?.data<float>().ToArray() ?? []));
    }

    [Fact]
    public void Pairs_AreSplitIntoMicroBatchesAndScored()
    {
        var shape = new SequenceShape(2, 16, 512, 2);
        var random = new Random(1);
        ushort[] ids = [.. Enumerable.Range(0, 80 * 2 * 16).Select(_ => (ushort)random.Next(1, 257))];
        var split = SequenceDataset.FromArrays(ids, [.. Enumerable.Range(0, 161).Select(i => 16L * i)], [.. Enumerable.Range(0, 80).Select(i => i % 2)], shape);
        var data = ClassificationData.Of(new DataManifest { Name = "pairs", Kind = DataKind.Sample, Licence = "test", Source = "test" }, split, split, split);
        var run = LraConfigurations.Resolve("retrieval", "softmax", "smoke");
        run = run with
        {
            Network = run.Network with { PaddedLength = 16, DropoutProbability = 0, Attention = new SoftmaxOptions() },
            Training = run.Training with { BatchSize = 32, MicroBatchSize = 0 },
        };

        var whole = Gradients(run, data);
        var parts = Gradients(run with { Training = run.Training with { MicroBatchSize = 5 } }, data);
        using var task = new LraTask((LraRun)run.Under("clean") with { Training = run.Training with { MicroBatchSize = 7 } }, data, torch.CPU, 1);

        Assert.Equal(whole.Loss, parts.Loss, 1e-5);
        Assert.All(whole.Values.Zip(parts.Values), p => Assert.True((p.First - p.Second).abs().max().item<float>() < 1e-5f));
        Assert.Equal(80, task.Evaluate("test", TestContext.Current.CancellationToken).Count);
        Assert.Equal(80, task.Evaluate("dev", TestContext.Current.CancellationToken).Count);
    }

    private static ListOpsOptions Data => new() { MinLength = 5, MaxLength = 60, PaddedLength = 64, TrainCount = 100, DevCount = 80, TestCount = 80 };

    private static (double Loss, torch.Tensor[] Values) Gradients(LraRun run, ClassificationData data)
    {
        using var task = new LraTask(run, data, torch.CPU, 1);
        var loss = task.AccumulateGradients(0);
        return (loss, [.. task.Parameters.Select(p => p.grad is { } g ? g.clone() : torch.zeros_like(p))]);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
