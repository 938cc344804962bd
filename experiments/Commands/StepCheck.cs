// SPDX-License-Identifier: MIT
using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Models.Attention;
using Yoso.Models.Autograd;
using Yoso.Models.Encoders;
using static TorchSharp.torch;

namespace Yoso.Experiments.Commands;

/// <summary>One training step of an LRA model on a device against the same step on the CPU.</summary>
/// <remarks>
/// The two round differently, and a hash bit that is next to zero may turn over, so the results are not the same bits. What is allowed is
/// measured: the CPU step is repeated with every weight multiplied by 1 + 2^-21 r, r random in [-1, 1], which is a few roundings, and the
/// device may differ from the CPU by <see cref="Allowance"/> times as much as those repetitions differ at most.
/// </remarks>
internal sealed class StepCheck(LraRun run, int examples, int seed)
{
    private const double Allowance = 8, Perturbation = 1.0 / (1 << 21);
    private const int Repetitions = 3;
    private readonly PackedSequences _tokens = RandomTokens(run, examples, seed);

    /// <summary>Relative differences of the loss, of all gradients and of the optimizer's step, in the Euclidean norm.</summary>
    internal readonly record struct Difference(double Loss, double Gradient, double Update)
    {
        public static Difference Max(Difference a, Difference b) => new(Math.Max(a.Loss, b.Loss), Math.Max(a.Gradient, b.Gradient), Math.Max(a.Update, b.Update));

        public bool IsWithin(Difference allowed) => Loss <= allowed.Loss && Gradient <= allowed.Gradient && Update <= allowed.Update;

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"loss {Loss:0.0e+0}, gradients {Gradient:0.0e+0}, update {Update:0.0e+0}");
    }

    /// <summary>The differences of the device, and what is allowed.</summary>
    public (Difference Found, Difference Allowed) Compare(Device device)
    {
        using var scope = NewDisposeScope();
        var cpu = Step(CPU, perturbationSeed: null);
        var most = Enumerable.Range(1, Repetitions).Select(r => Between(Step(CPU, r), cpu)).Aggregate(Difference.Max);
        // The loss has a rounding of its own in its last digits.
        var allowed = new Difference((Allowance * most.Loss) + 1e-6, (Allowance * most.Gradient) + 1e-5, (Allowance * most.Update) + 1e-5);
        return (Between(Step(device, perturbationSeed: null), cpu), allowed);
    }

    private (double Loss, Tensor Gradient, Tensor Update) Step(Device device, int? perturbationSeed)
    {
        using var scope = NewDisposeScope();
        using var model = new LraClassifier(run.Network with { DropoutProbability = 0 }, new Seed((ulong)seed).Derive("weights"));
        Parameter[] parameters = [.. model.parameters()];
        if (perturbationSeed is { } number)
        {
            Perturb(parameters, number);
        }

        model.to(device);
        parameters = [.. model.parameters()];
        var before = Flat(parameters);
        using var optimizer = new AdamWOptimizer(parameters, run.Training);
        var labels = tensor(Enumerable.Range(0, _tokens.Offsets.Count).Select(i => (long)(i % run.Network.ClassCount)).ToArray(), device: device);
        var loss = nn.functional.cross_entropy(model.call(_tokens.Tokens(device), new Seed((ulong)seed).Derive("hash")), labels);
        AutogradRunner.Backward(loss);
        var gradient = Flat(parameters.Select(p => p.grad ?? zeros_like(p)));
        optimizer.Step(run.Training.LearningRate, beta1: 0.9);
        return (loss.item<float>(), gradient.MoveToOuterDisposeScope(), (Flat(parameters) - before).MoveToOuterDisposeScope());
    }

    private static void Perturb(Parameter[] parameters, int number)
    {
        using var ungraded = no_grad();
        using var generator = new Generator((ulong)number);
        foreach (var parameter in parameters)
        {
            parameter.mul_(1 + (((rand(parameter.shape, generator: generator) * 2) - 1) * Perturbation));
        }
    }

    /// <summary>All values in one double vector on the CPU.</summary>
    private static Tensor Flat(IEnumerable<Tensor> tensors) => cat([.. tensors.Select(t => t.detach().to(float64).cpu().reshape(-1))]);

    private static Difference Between((double Loss, Tensor Gradient, Tensor Update) a, (double Loss, Tensor Gradient, Tensor Update) b) => new(
        Math.Abs(a.Loss - b.Loss) / Math.Abs(b.Loss), Relative(a.Gradient, b.Gradient), Relative(a.Update, b.Update));

    private static double Relative(Tensor a, Tensor b) => (a - b).norm().item<double>() / b.norm().item<double>();

    /// <summary>Lengths from a quarter of the padded length to all of it.</summary>
    private static PackedSequences RandomTokens(LraRun run, int examples, int seed)
    {
        var random = new Random(seed);
        var padded = run.Network.PaddedLength;
        var lengths = Enumerable.Range(0, examples).Select(_ => random.Next(padded / 4, padded + 1)).ToArray();
        return new PackedSequences(
            [.. Enumerable.Range(0, lengths.Sum()).Select(_ => (long)random.Next(1, 16))],
            [.. lengths.SelectMany(n => Enumerable.Range(0, n)).Select(p => (long)p)],
            SequenceOffsets.FromLengths(lengths),
            padded);
    }

    /// <summary>The named configurations, and YOSO with the gradient and the sampler that none of them has.</summary>
    public static IEnumerable<(string Name, LraRun Run)> Runs(string[] models, string scale)
    {
        foreach (var model in models)
        {
            yield return (model, LraConfigurations.Resolve("listops", model, scale));
        }

        var yoso = LraConfigurations.Resolve("listops", "yoso-16", scale);
        var options = (YosoOptions)yoso.Network.Attention;
        yield return ("yoso-16 with sampled gradient and spread sampler", yoso with
        {
            Network = yoso.Network with { Attention = options with { GradientMode = YosoGradientMode.Sampled, HashSampler = HashSampler.Spread } },
        });
    }
}
