// SPDX-License-Identifier: MIT
using TorchSharp;
using Yoso.Models.Autograd;
using static TorchSharp.torch;

namespace Yoso.Models.Tests.Autograd;

/// <summary>Not beside other tests: a failure without a pass is reported to the next pass of the process.</summary>
[CollectionDefinition(DisableParallelization = true)]
public class Alone;

[Collection(typeof(Alone))]
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

    /// <summary>Sum and product of two inputs.</summary>
    private sealed class SumAndProduct : SafeMultiFunction<SumAndProduct, Behaviour>
    {
        protected override MultiForwardResult Forward(Tensor[] inputs, Behaviour arguments) => new([inputs[0] + inputs[1], inputs[0] * inputs[1]]);

        protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Behaviour arguments, Tensor[] gradients) =>
            arguments.Fails ? [null] : [gradients[0] + gradients[1] * inputs[1], gradients[0] + gradients[1] * inputs[0]];
    }

    [Fact]
    public void SeveralOutputs_HaveTheirGradients_AlsoWhenOneIsNotUsed()
    {
        using var scope = NewDisposeScope();
        var (x, y) = (full([2], 3f, requires_grad: true), full([2], 5f, requires_grad: true));

        var both = SumAndProduct.Apply(new Behaviour(Fails: false), x, y);
        AutogradRunner.Backward((both[0] * 10 + both[1]).sum());
        var productOnly = SumAndProduct.Apply(new Behaviour(Fails: false), x, y);
        AutogradRunner.Backward(productOnly[1].sum());
        var failing = SumAndProduct.Apply(new Behaviour(Fails: true), x, y);
        var error = Assert.Throws<InvalidOperationException>(() => AutogradRunner.Backward(failing[0].sum()));

        Assert.Equal(10 + 5 + 5, x.grad![0].item<float>());
        Assert.Equal(10 + 3 + 3, y.grad![1].item<float>());
        Assert.Equal("1 gradients for 2 inputs", error.Message);
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
    public void Backward_ReportsASavedTensorThatWasOverwritten()
    {
        using var scope = NewDisposeScope();
        var x = ones(3, requires_grad: true);
        var saved = x * 1;
        var output = Double.Apply(new Behaviour(Fails: false), saved, saved).sum();
        saved.add_(1);

        var error = Assert.ThrowsAny<Exception>(() => AutogradRunner.Backward(output));

        Assert.Contains("modified by an inplace operation", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Backward_ReportsTheFailureOfAPassThatRanWithoutIt()
    {
        using var scope = NewDisposeScope();
        var x = ones(3, requires_grad: true);
        Double.Apply(new Behaviour(Fails: true), x, ones(3)).sum().backward();

        var error = Assert.Throws<InvalidOperationException>(() => AutogradRunner.Backward(Double.Apply(new Behaviour(Fails: false), x, ones(3)).sum()));

        Assert.Equal("the gradient failed", error.Message);
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

    /// <summary>The product of its inputs with a constant second one, of which only the second is needed backward. Notes the gradients that it made.</summary>
    private sealed class Scaled : SafeFunction<Scaled, Made>
    {
        protected override bool Keeps(int input) => input == 1;

        protected override ForwardResult Forward(Tensor[] inputs, Made arguments) => new(inputs[0] * inputs[1]);

        protected override Tensor?[] Backward(Tensor[] inputs, Tensor[] saved, Made arguments, Tensor gradient)
        {
            arguments.FirstInputs.Add(inputs[0]);
            arguments.LiveBefore.Add(arguments.Gradients.Count(g => !g.IsInvalid));
            var made = gradient * inputs[1];
            arguments.Gradients.Add(made);
            return [made, null];
        }
    }

    private sealed record Made(List<Tensor> Gradients, List<int> LiveBefore, List<Tensor?> FirstInputs);

    [Fact]
    public void Backward_FreesAGradient_OnceTheNextOneIsMade_AndAnInputThatIsNotKept()
    {
        using var scope = NewDisposeScope();
        var x = ones(4, requires_grad: true);
        var three = full([4], 3f);
        var made = new Made([], [], []);
        var y = x;
        for (var step = 0; step < 5; step++)
        {
            y = Scaled.Apply(made, y, three);
        }

        AutogradRunner.Backward(y.sum());

        Assert.Equal(243f, x.grad![0].item<float>());
        Assert.Equal([0, 0, 0, 0, 0], made.LiveBefore); // a deep model would else hold the gradients of all its layers
        Assert.All(made.Gradients, g => Assert.True(g.IsInvalid));
        Assert.All(made.FirstInputs, Assert.Null);
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
