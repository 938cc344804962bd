// SPDX-License-Identifier: MIT

namespace Yoso.Experiments.Efficiency;

/// <summary>How long a plan takes, from one step of each model at two lengths: a n + b n², which is exact for softmax and too long where it is linear and noisy.</summary>
internal sealed class EfficiencyEstimate(EfficiencyPlan plan, string device, int threads, IPointMeter meter, TextWriter log)
{
    /// <summary>Starting a process, loading libtorch and compiling.</summary>
    private const double StartSeconds = 3;
    private static readonly int[] Probes = [1024, 4096];

    /// <summary>Minutes of the whole plan; names the points that take longest.</summary>
    public double Minutes(CancellationToken cancellationToken)
    {
        var points = new List<(string Name, double Seconds)>();
        foreach (var model in plan.Models)
        {
            var answers = Probes.Select(n => meter.Measure(new PointRequest("time", model, n, 1, device, threads, 1, 1, 0, plan.MemoryBudget), cancellationToken)).ToArray();
            if (answers.FirstOrDefault(a => a.Answer is null).Missing is { } missing)
            {
                log.WriteLine($"{model}: {missing}");
                continue;
            }

            var (first, second) = (answers[0].Answer!, answers[1].Answer!);
            double Step(int n) => At(first.Seconds[0], second.Seconds[0], n);
            double Memory(int n) => At(first.Megabytes, second.Megabytes, n);
            points.AddRange(plan.Lengths.Select(n => ($"same-batch {model} n={n}", Limited(Timed(Step(n) * Math.Max(1, plan.TokensPerStep / n))))));
            // The steps that find the batch take twice the last of them.
            points.AddRange(plan.MaxBatchLengths.Select(n => (n, Batch: Math.Pow(2, Math.Max(0, Math.Floor(Math.Log2(plan.MemoryBudget / Memory(n)))))))
                .Select(p => ($"max-batch {model} n={p.n}", StartSeconds + (2 * Step(p.n) * p.Batch) + Timed(Step(p.n) * p.Batch))));
        }

        foreach (var (name, seconds) in points.OrderByDescending(p => p.Seconds).Take(5))
        {
            log.WriteLine(FormattableString.Invariant($"{name}: about {seconds:0} s"));
        }

        return points.Sum(p => p.Seconds) / 60;
    }

    private static double At(double first, double second, int n)
    {
        double m = Probes[0], k = (double)Probes[1] / Probes[0];
        var square = Math.Max(0, (second - (k * first)) / (k * (k - 1) * m * m));
        var line = Math.Max(0, (first / m) - (square * m));
        return (line * n) + (square * n * n);
    }

    private double Timed(double step) => StartSeconds + (step * (1 + Math.Clamp(plan.PointSeconds / step, plan.FewestSamples, plan.Samples)));

    /// <summary>A point that would take longer is left out.</summary>
    private double Limited(double seconds) => seconds > plan.LongestPointSeconds ? 0 : seconds;
}
