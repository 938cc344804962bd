// SPDX-License-Identifier: MIT
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Yoso.Experiments.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) in PyTorch's formula, the bias correction with the current beta1 while the schedule
/// moves it. Ours rather than TorchSharp's because the moments have to be saved and restored exactly, by parameter order.
/// </summary>
internal sealed class AdamWOptimizer : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly TrainingOptions _options;

    public AdamWOptimizer(IReadOnlyList<Parameter> parameters, TrainingOptions options)
    {
        (_parameters, _options) = (parameters, options);
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
        var firstCorrection = 1 - Math.Pow(beta1, StepCount);
        var secondCorrection = 1 - Math.Pow(_options.Beta2, StepCount);
        for (var i = 0; i < _parameters.Count; i++)
        {
            if (_parameters[i].grad is not { } gradient)
            {
                continue;
            }

            var (parameter, first, second) = (_parameters[i], FirstMoments[i], SecondMoments[i]);
            if (_options.WeightDecay != 0)
            {
                parameter.mul_(1 - learningRate * _options.WeightDecay);
            }

            first.mul_(beta1).add_(gradient, alpha: 1 - beta1);
            second.mul_(_options.Beta2).addcmul_(gradient, gradient, value: 1 - _options.Beta2);
            var denominator = second.sqrt().div_(Math.Sqrt(secondCorrection)).add_(_options.Epsilon);
            parameter.addcdiv_(first, denominator, value: -learningRate / firstCorrection);
        }
    }

    public void Dispose()
    {
        foreach (var tensor in FirstMoments.Concat(SecondMoments))
        {
            tensor.Dispose();
        }
    }
}
