// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Autograd;

public class AutogradRunnerTests
{
    private sealed record Behaviour(bool Fails);

    /// <summary>Twice the first input; the second has no gradient. Fails on request.</summary>
    private sealed class Double : SafeFunction<Double, Behaviour>
    {
        protected override ForwardResult Forward(Tensor[] inputs, Behaviour arguments) => new(inputs[0] * 2, inputs[0] + 1);

        protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Behaviour arguments, Tensor gradient)
        {
            Assert.Equal(1, (saved[0] - inputs[0]).mean().item<float>(), 1e-6);
            return arguments.Fails ? throw new InvalidOperationException("the gradient failed") : [gradient * 2, null];
        }
    }

    [Fact]
    public void Backward_RethrowsWhatAGradientThrew_AndTheNextPassWorks()
    {
        using var scope = NewDisposeScope();
        var x = ones(3, requires_grad: true);
        var other = ones(3);

        var error = Assert.Throws<InvalidOperationException>(() => AutogradRunner.Backward(Double.Apply(new Behaviour(Fails: true), x, other).sum()));
        var afterFailure = x.grad;
        AutogradRunner.Backward(Double.Apply(new Behaviour(Fails: false), x, other).sum());

        Assert.Equal("the gradient failed", error.Message);
        Assert.Null(afterFailure);
        Assert.Equal([2f, 2f, 2f], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Backward_ReportsTheFailureOfAPassThatRanWithoutIt()
    {
        using var scope = NewDisposeScope();
        var x = ones(3, requires_grad: true);
        // The failure may be reported to a pass of another test instead: the gate below keeps them out until it is seen here.
        var thread = AutogradRunner.Alone(() =>
        {
            Double.Apply(new Behaviour(Fails: true), x, ones(3)).sum().backward();
            return Assert.Throws<InvalidOperationException>(() => AutogradRunner.Backward(Double.Apply(new Behaviour(Fails: false), x, ones(3)).sum()));
        });

        Assert.Equal("the gradient failed", thread.Message);
    }

    [Fact]
    public void Backward_FreesGradients_WhenItsThreadHasNoScope()
    {
        // As on the thread of a CUDA graph's engine: whatever the backward pass makes must be freed by the pass itself.
        using var scope = NewDisposeScope();
        var x = ones(1000, requires_grad: true);
        var losses = Enumerable.Range(0, 20).Select(_ => Double.Apply(new Behaviour(Fails: false), x, x).sum()).ToArray();
        var live = new List<long>();
        var thread = new Thread(() =>
        {
            foreach (var loss in losses)
            {
                AutogradRunner.Backward(loss);
                live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            }
        });

        thread.Start();
        thread.Join();

        Assert.Single(live.Distinct());
        Assert.Equal(40f, x.grad![0].item<float>());
    }

    [Fact]
    public void Apply_WorksFromSeveralThreads()
    {
        var sums = new float[4];
        var threads = Enumerable.Range(0, sums.Length).Select(i => new Thread(() =>
        {
            for (var repeat = 0; repeat < 50; repeat++)
            {
                using var scope = NewDisposeScope();
                var x = full([8], (float)i, requires_grad: true);
                AutogradRunner.Backward((Double.Apply(new Behaviour(Fails: false), x, x) * x.detach()).sum());
                sums[i] += x.grad!.sum().item<float>();
            }
        })).ToList();

        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        Assert.Equal([0f, 800f, 1600f, 2400f], sums);
    }
}
