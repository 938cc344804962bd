// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Cpu;
using Yoso.Experiments.Approximation;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Models;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Approximation;

public sealed class ApproximationTests
{
    private const int Tokens = 40, Dim = 64, Tau = 5;
    private static readonly Seed Seed = new(20260101);

    private static readonly Lazy<ApproximationRecord> Record = new(() =>
        new ApproximationRun(ApproximationPlan.Smoke with { Lengths = [32, 64], HashCounts = [8, 32, 128] }, 1, TextWriter.Null, TimeProvider.System)
            .Run("./yoso bench approximation", () => [], CancellationToken.None));

    [Fact]
    public void RelativeVariance_IsThatOfThePairs_InPlainLoops()
    {
        var input = AttentionInput.Make(InputKind.Clustered, Tokens, Dim, Seed);
        var (variance, square) = (0.0, 0.0);
        for (var item = 0; item < AttentionInput.Items; item++)
        {
            for (var i = 0; i < Tokens; i++)
            {
                for (var j = 0; j < Tokens; j++)
                {
                    var (q, k) = (input.Row(input.Query, item, i).ToArray(), input.Row(input.Key, item, j).ToArray());
                    var p = Math.Pow(1 - (Math.Acos(Math.Clamp(q.Zip(k, (a, b) => (double)a * b).Sum(), -1, 1)) / Math.PI), Tau);
                    (variance, square) = (variance + (p * (1 - p)), square + (p * p));
                }
            }
        }

        Assert.Equal(variance / square, ClosedForm.RelativeVariance(input, Tau), variance / square * 1e-4); // float32 products
    }

    /// <summary>One hash a call, so that hashes are independent and the theory is exact; values are drawn anew with each input.</summary>
    [Theory]
    [InlineData(InputKind.Random)]
    [InlineData(InputKind.Clustered)]
    public void ErrorOfOneHash_IsTheClosedForm(string kind)
    {
        var ratios = new Dictionary<string, List<double>> { ["output"] = [], ["value"] = [], ["query"] = [], ["key"] = [] };
        for (var draw = 0; draw < 60; draw++)
        {
            var input = AttentionInput.Make(kind, Tokens, Dim, Seed.Derive(draw));
            var kernels = new AttentionKernels(input, Tau, 1);
            var (exact, sampled, theory) = (kernels.Exact(), kernels.Sampled(1, HashSampler.Spread, Seed.Derive(draw)), ClosedForm.RelativeVariance(input, Tau));
            ratios["output"].Add(ErrorMeasure.RelativeSquare(sampled.Output, exact.Output, 0) / theory);
            ratios["value"].Add(ErrorMeasure.RelativeSquare(sampled.ValueGradient, exact.ValueGradient, 0) / theory);
            ratios["query"].Add(ErrorMeasure.RelativeSquare(sampled.QueryGradient, exact.QueryGradient, 0) / theory);
            ratios["key"].Add(ErrorMeasure.RelativeSquare(sampled.KeyGradient, exact.KeyGradient, 0) / theory);
        }

        foreach (var (name, values) in ratios)
        {
            var mean = values.Average();
            var error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1) / values.Count);
            // Five standard errors (1e-6 for a normal mean), and 2 % for the quotient of two sums, of which the theory takes the expectations.
            Assert.True(Math.Abs(mean - 1) < (5 * error) + 0.02, $"{name}: {mean} of the theory, standard error {error}");
        }
    }

    [Fact]
    public void Errors_FallAsOneOverTheRootOfM_AndLieNearTheTheory()
    {
        var record = Record.Value;

        Assert.Equal(2 * 2 * 2 * 3 * 5, record.Errors.Count);
        Assert.All(record.Errors, e => Assert.InRange(e.Error, e.Low, e.High));
        Assert.All(record.Slopes.Where(s => s.Quantity is "output" or "value-gradient"), s => Assert.InRange(s.Slope, -0.6, -0.4));
        Assert.All(record.Errors.Where(e => e is { Sampler: "Spread", Quantity: not "unit-output" }), e => Assert.InRange(e.Error / e.Predicted!.Value, 0.8, 1.2));
        Assert.All(record.Errors.Where(e => e.Quantity == "unit-output"), e => Assert.True(e.Predicted is null && e.Error is > 0 and < 1.5));
    }

    [Fact]
    public void Record_IsReadBackAsItWas_AndItsTablesHaveTheTheoryBesideTheErrors()
    {
        var json = JsonSerializer.Serialize(Record.Value, RunRecordJson.Options);

        var read = JsonSerializer.Deserialize<ApproximationRecord>(json, RunRecordJson.Options)!;

        Assert.Equal(json, JsonSerializer.Serialize(read, RunRecordJson.Options));
        var text = new ApproximationMarkdown(read).Text();
        Assert.Contains("| 32 | 5 | theory | ", text, StringComparison.Ordinal);
        Assert.Contains("No attention matrices", text, StringComparison.Ordinal);
    }

    [Fact]
    public void RelativeSquare_IsOfTheWhole_OrOfUnitRows()
    {
        float[] a = [3, 4, 0, 0], b = [3, 0, 0, 2];

        Assert.Equal((16 + 4) / 13.0, ErrorMeasure.RelativeSquare(a, b, 0), 1e-12);
        // (0.6, 0.8) - (1, 0) and 0 - (0, 1)
        Assert.Equal((0.16 + 0.64 + 1) / 2, ErrorMeasure.RelativeSquare(a, b, 2), 1e-7);
    }

    [Fact]
    public void RootMeanSquare_HasStudentsInterval()
    {
        // Mean 4, standard deviation 2, three values: half width 4.303 · 2 / √3 = 4.969.
        var (value, low, high) = ErrorMeasure.RootMeanSquare([2.0, 4, 6]);

        Assert.Equal((2, 0), (value, low));
        Assert.Equal(Math.Sqrt(4 + (4.303 * 2 / Math.Sqrt(3))), high, 1e-9);
    }
}
