// SPDX-License-Identifier: MIT
using System.Numerics;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>Which sizes are measured and for how long.</summary>
internal sealed record BenchPlan
{
    public required int[] Sizes { get; init; }

    /// <summary>Head dimensions; the first is that of the headline, exponent and skewed inputs. The same for hash counts.</summary>
    public required int[] HeadDims { get; init; }

    public required int[] HashCounts { get; init; }

    /// <summary>n of the last line and of the floor.</summary>
    public required int Headline { get; init; }

    /// <summary>n of the skewed inputs.</summary>
    public required int Skewed { get; init; }

    /// <summary>n at which scratch memory is measured, rising.</summary>
    public required int[] Scratch { get; init; }

    /// <summary>Smallest n of the exponent.</summary>
    public required int ExponentFrom { get; init; }

    /// <summary>Largest n at which softmax is also timed on the clustered input (its time does not depend on values) and is written out explicitly.</summary>
    public required int SoftmaxTwiceUpTo { get; init; }

    public required int ExplicitSoftmaxUpTo { get; init; }

    public required HarnessOptions Timing { get; init; }

    public required int ProbePasses { get; init; }

    public static BenchPlan Full { get; } = new()
    {
        Sizes = [512, 1024, 2048, 4096, 8192, 16384],
        HeadDims = [64, 32],
        HashCounts = [32, 16],
        Headline = 4096,
        Skewed = 8192,
        Scratch = [4096, 16384],
        ExponentFrom = 1024,
        SoftmaxTwiceUpTo = 4096,
        ExplicitSoftmaxUpTo = 1024,
        Timing = new HarnessOptions(WarmUpSeconds: 0.05, SampleSeconds: 0.01, CaseSeconds: 0.4, Fewest: 3, Most: 15),
        ProbePasses = 20,
    };

    /// <summary>Seconds instead of minutes: shows that everything works, proves nothing.</summary>
    public static BenchPlan Quick { get; } = Full with
    {
        Sizes = [128, 256, 512],
        HeadDims = [64],
        HashCounts = [32],
        Headline = 512,
        Skewed = 512,
        Scratch = [256, 512],
        ExponentFrom = 128,
        SoftmaxTwiceUpTo = 512,
        ExplicitSoftmaxUpTo = 128,
        Timing = new HarnessOptions(WarmUpSeconds: 0.005, SampleSeconds: 0.002, CaseSeconds: 0.02, Fewest: 3, Most: 3),
        ProbePasses = 3,
    };

    /// <summary>Code length of the comparison: log2 n within 9 to 12.</summary>
    public static int ComparedTau(int n) => Math.Clamp(Log2(n), 9, 12);

    /// <summary>Code length of the exponent: about one key a bucket at every n.</summary>
    public static int LinearTau(int n) => Log2(n);

    /// <summary>Inputs of one group: a size and head dimension whose cases are timed in turns.</summary>
    public string[] Inputs(int n, int d) =>
        [InputKind.Random, InputKind.Clustered, .. n == Skewed && d == HeadDims[0] ? InputKind.Skewed : []];

    /// <summary>The (m, tau) that are timed on one input of one group.</summary>
    public IEnumerable<(int M, int Tau)> Samplings(int n, int d, string input)
    {
        var main = d == HeadDims[0];
        var counts = InputKind.Skewed.Contains(input) ? HashCounts.Take(1) : HashCounts;
        var compared = counts.Select(m => (m, ComparedTau(n)));
        return main && n >= ExponentFrom && LinearTau(n) != ComparedTau(n) && !InputKind.Skewed.Contains(input)
            ? compared.Append((HashCounts[0], LinearTau(n)))
            : compared;
    }

    /// <summary>Every case, group by group, as it must appear in the results.</summary>
    public IEnumerable<BenchCase> Cases(int n, int d)
    {
        foreach (var input in Inputs(n, d))
        {
            if (input == InputKind.Random || (input == InputKind.Clustered && n <= SoftmaxTwiceUpTo))
            {
                foreach (var implementation in n <= ExplicitSoftmaxUpTo && input == InputKind.Random ? (string[])["sdpa", "softmax"] : ["sdpa"])
                {
                    yield return new BenchCase(implementation, "forward", input, n, d, null, null);
                    yield return new BenchCase(implementation, "forward+backward", input, n, d, null, null);
                }
            }

            foreach (var (m, tau) in Samplings(n, d, input))
            {
                yield return new BenchCase("yoso", "forward", input, n, d, m, tau);
                yield return new BenchCase("yoso", "forward+backward", input, n, d, m, tau);
                if (input == InputKind.Random)
                {
                    yield return new BenchCase("yoso-kernels", "hash", input, n, d, m, tau);
                }

                yield return new BenchCase("yoso-kernels", "forward", input, n, d, m, tau);
                yield return new BenchCase("yoso-kernels", "forward+backward", input, n, d, m, tau);
            }
        }
    }

    private static int Log2(int n) => BitOperations.Log2((uint)n);
}
