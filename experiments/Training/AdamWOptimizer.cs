// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Models;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) in PyTorch's formula, the bias correction with the current beta1 while the schedule
/// moves it. Ours rather than TorchSharp's because the moments have to be saved and restored exactly, by parameter order.
/// </summary>
internal sealed class AdamWOptimizer : IDisposable
{
    // A block's five tensors stay in the second-level cache over the seven operations.
    private const long Block = 1 << 15;

    // Below this many values the threads cost more than they give.
    private const long FewValues = 1 << 20;

    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly TrainingOptions _options;
    private readonly bool _inBlocks;

    /// <summary>
    /// The numbers of one step as native scalars, alive until the step is over. One made from a double in the call itself is garbage as soon as its
    /// address has been taken, and a collection on another thread frees it under the running operation ("Unknown scalar type").
    /// </summary>
    private sealed class Update(double learningRate, double beta1, int step, TrainingOptions options) : IDisposable
    {
        public Scalar Beta1 { get; } = beta1;
        public Scalar NotBeta1 { get; } = 1 - beta1;
        public Scalar Beta2 { get; } = options.Beta2;
        public Scalar NotBeta2 { get; } = 1 - options.Beta2;
        public Scalar RootCorrection { get; } = Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        public Scalar Epsilon { get; } = options.Epsilon;
        public Scalar Rate { get; } = -learningRate / (1 - Math.Pow(beta1, step));
        public Scalar Decay { get; } = 1 - learningRate * options.WeightDecay;
        public Scalar One { get; } = 1;

        public void Dispose()
        {
            foreach (var scalar in (Scalar[])[Beta1, NotBeta1, Beta2, NotBeta2, RootCorrection, Epsilon, Rate, Decay, One])
            {
                scalar.Dispose();
            }
        }
    }

    public AdamWOptimizer(IReadOnlyList<Parameter> parameters, TrainingOptions options)
    {
        (_parameters, _options) = (parameters, options);
        _inBlocks = parameters.Sum(p => p.numel()) >= FewValues && parameters.All(p => p.device_type == DeviceType.CPU && p.is_contiguous());
        FirstMoments = [.. parameters.Select(p => zeros_like(p).DetachFromDisposeScope())];
        SecondMoments = [.. parameters.Select(p => zeros_like(p).DetachFromDisposeScope())];
    }

    public IReadOnlyList<Tensor> FirstMoments { get; }
    public IReadOnlyList<Tensor> SecondMoments { get; }

    /// <summary>Steps taken; part of the state.</summary>
    public int StepCount { get; set; }

    public void ZeroGradients()
    {
        foreach (var parameter in _parameters)
        {
            parameter.grad?.zero_();
        }
    }

    public void Step(double learningRate, double beta1)
    {
        using var _ = no_grad();
        using var scope = NewDisposeScope();
        StepCount++;
        using var update = new Update(learningRate, beta1, StepCount, _options);
        if (!_inBlocks)
        {
            for (var i = 0; i < _parameters.Count; i++)
            {
                if (_parameters[i].grad is { } gradient)
                {
                    Apply(update, _parameters[i], gradient, FirstMoments[i], SecondMoments[i]);
                }
            }

            return;
        }

        var items = new List<(Tensor Parameter, Tensor Gradient, Tensor First, Tensor Second, long Start, long Length)>();
        for (var i = 0; i < _parameters.Count; i++)
        {
            if (_parameters[i].grad is { } gradient)
            {
                var (flat, flatGradient, first, second) = (_parameters[i].view(-1), gradient.contiguous().view(-1), FirstMoments[i].view(-1), SecondMoments[i].view(-1));
                for (var start = 0L; start < flat.numel(); start += Block)
                {
                    items.Add((flat, flatGradient, first, second, start, Math.Min(Block, flat.numel() - start)));
                }
            }
        }

        // Element by element, so neither blocks nor threads change a bit.
        Parallel.ForEach(items, new ParallelOptions { MaxDegreeOfParallelism = CpuThreads.Count }, item =>
        {
            using var ungraded = no_grad();
            using var blockScope = NewDisposeScope();
            Tensor Part(Tensor whole) => whole.narrow(0, item.Start, item.Length);
            Apply(update, Part(item.Parameter), Part(item.Gradient), Part(item.First), Part(item.Second));
        });
    }

    private void Apply(Update update, Tensor parameter, Tensor gradient, Tensor first, Tensor second)
    {
        if (_options.WeightDecay != 0)
        {
            parameter.mul_(update.Decay);
        }

        first.mul_(update.Beta1).add_(gradient, update.NotBeta1);
        second.mul_(update.Beta2).addcmul_(gradient, gradient, update.NotBeta2);
        var denominator = second.sqrt().div_(update.RootCorrection).add_(update.Epsilon, update.One);
        parameter.addcdiv_(first, denominator, update.Rate);
    }

    public void Dispose()
    {
        foreach (var tensor in FirstMoments.Concat(SecondMoments))
        {
            tensor.Dispose();
        }
    }
}
