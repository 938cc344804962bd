// SPDX-License-Identifier: MIT
using System.Numerics;
using TorchSharp;
using Yoso.Cpu;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Experiments.Runs;
using Yoso.Models;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Approximation;

/// <summary>Measures sampled attention against its expectation.</summary>
internal sealed class ApproximationRun(ApproximationPlan plan, int threads, TextWriter log, TimeProvider time)
{
    private static readonly Seed Seed = new Seed(1).Derive("approximation");
    private static readonly string[] Inputs = [InputKind.Random, InputKind.Clustered];
    private static readonly HashSampler[] Samplers = [HashSampler.Shared, HashSampler.Spread];

    /// <summary>Quantities and where they are in a result; the rows of unit-output are divided by their length.</summary>
    private static readonly (string Name, Func<AttentionResult, float[]> Values)[] Quantities =
    [
        ("output", r => r.Output), ("unit-output", r => r.Output), ("value-gradient", r => r.ValueGradient), ("query-gradient", r => r.QueryGradient), ("key-gradient", r => r.KeyGradient),
    ];

    public ApproximationRecord Run(string command, Func<IReadOnlyList<AttentionPicture>> draw, CancellationToken cancellationToken)
    {
        var (started, clock) = (time.GetUtcNow(), time.GetTimestamp());
        torch.set_num_threads(threads);
        var errors = new List<ApproximationError>();
        foreach (var n in plan.Lengths)
        {
            foreach (var kind in Inputs)
            {
                errors.AddRange(Measure(kind, n, cancellationToken));
                var last = errors.Last(e => e.Quantity == "output");
                log.WriteLine(FormattableString.Invariant($"{time.GetElapsedTime(clock).TotalSeconds,7:0.0} s  {kind,-9} n={n,-5} error of the output with {last.HashCount} hashes {last.Error:0.000}, predicted {last.Predicted:0.000}"));
            }
        }

        return new ApproximationRecord
        {
            Plan = plan.Name,
            StartedAt = started,
            Command = command,
            Fingerprint = Fingerprint.Take(threads),
            Errors = errors,
            Slopes = Slopes(errors),
            Pictures = draw(),
            WallSeconds = time.GetElapsedTime(clock).TotalSeconds,
        };
    }

    private IEnumerable<ApproximationError> Measure(string kind, int n, CancellationToken cancellationToken)
    {
        // As in the LRA and efficiency configurations.
        var tau = BitOperations.Log2((uint)n);
        var input = AttentionInput.Make(kind, n, plan.HeadDim, Seed.Derive(n));
        var kernels = new AttentionKernels(input, tau, threads);
        var exact = kernels.Exact();
        var variance = ClosedForm.RelativeVariance(input, tau);
        foreach (var sampler in Samplers)
        {
            foreach (var m in plan.HashCounts)
            {
                var squares = Quantities.ToDictionary(q => q.Name, _ => new List<double>());
                for (var draw = 0; draw < plan.Draws; draw++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    var sampled = kernels.Sampled(m, sampler, Seed.Derive(kind).Derive(n).Derive(m).Derive(draw));
                    foreach (var (name, values) in Quantities)
                    {
                        squares[name].Add(ErrorMeasure.RelativeSquare(values(sampled), values(exact), name == "unit-output" ? plan.HeadDim : 0));
                    }
                }

                foreach (var (name, _) in Quantities)
                {
                    var (error, low, high) = ErrorMeasure.RootMeanSquare(squares[name]);
                    yield return new ApproximationError
                    {
                        Input = kind, Length = n, HashCodeLength = tau, HashCount = m, Sampler = sampler.ToString(), Quantity = name, Draws = plan.Draws,
                        Error = error, Low = low, High = high, Predicted = name == "unit-output" ? null : Math.Sqrt(variance / m),
                    };
                }
            }
        }
    }

    private static List<ApproximationSlope> Slopes(IReadOnlyList<ApproximationError> errors) =>
    [
        .. from e in errors
           group e by (e.Input, e.Length, e.Sampler, e.Quantity) into line
           where line.Count() >= 3
           let fit = BenchStatistics.FitExponent([.. line.Select(e => ((double)e.HashCount, e.Error))])
           select new ApproximationSlope(line.Key.Input, line.Key.Length, line.Key.Sampler, line.Key.Quantity, fit.Exponent, fit.Low, fit.High),
    ];
}
