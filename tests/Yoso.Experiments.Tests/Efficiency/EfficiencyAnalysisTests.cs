// SPDX-License-Identifier: MIT
using Yoso.Experiments.Efficiency;
using Yoso.Reports.Published;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Efficiency;

public sealed class EfficiencyAnalysisTests
{
    private static readonly int[] Lengths = [128, 256, 512, 1024, 2048];

    private static EfficiencyPoint Point(string model, int length, double milliseconds, double megabytes, double spread = 0) => new()
    {
        Mode = EfficiencyRun.SameBatch, Model = model, Length = length, Batch = 1, Samples = 10, Megabytes = megabytes,
        Milliseconds = new MeasuredInterval(milliseconds, milliseconds * (1 - spread), milliseconds * (1 + spread), 0.98),
    };

    /// <summary>A body of 3n ms and n MiB; softmax adds n²/100 ms and n²/1000 MiB, yoso-32 5n ms and n/2 MiB.</summary>
    private static EfficiencyPoint[] Points(double spread = 0) =>
    [
        .. Lengths.SelectMany(n => (EfficiencyPoint[])
        [
            Point("none", n, 3.0 * n, n, spread), Point("softmax", n, (3.0 * n) + (n * n / 100.0), n + (n * n / 1000.0), spread), Point("yoso-32", n, 8.0 * n, 1.5 * n, spread),
        ]),
    ];

    [Fact]
    public void Exponents_AreThoseOfTheStep_AndOfWhatAttentionAdds()
    {
        var exponents = new EfficiencyAnalysis(Points(), exponentFrom: 256).Exponents();

        double Of(string model, string quantity, string part) => exponents.Single(e => e.Model == model && e.Quantity == quantity && e.Part == part).Exponent;
        Assert.Equal(2, Of("softmax", "time", "attention"), 1e-9);
        Assert.Equal(2, Of("softmax", "memory", "attention"), 1e-9);
        Assert.InRange(Of("softmax", "time", "step"), 1.3, 1.9);
        Assert.Equal(1, Of("yoso-32", "time", "attention"), 1e-9);
        Assert.Equal(1, Of("none", "time", "step"), 1e-9);
        Assert.DoesNotContain(exponents, e => e.Model == "none" && e.Part == "attention");
        Assert.All(exponents, e => Assert.Equal((256, 2048), (e.FirstLength, e.LastLength)));
    }

    [Fact]
    public void Exponents_NeedThreeLengths_AndPositiveValues()
    {
        EfficiencyPoint[] points = [.. Points().Select(p => p.Model == "yoso-32" ? Point("yoso-32", p.Length, 2.9 * p.Length, 1) : p)];

        var exponents = new EfficiencyAnalysis(points, exponentFrom: 512).Exponents();

        Assert.Contains(exponents, e => e.Model == "yoso-32" && e.Quantity == "time" && e.Part == "step");
        Assert.DoesNotContain(exponents, e => e.Model == "yoso-32" && e.Quantity == "time" && e.Part == "attention"); // faster than the body alone
        Assert.Empty(new EfficiencyAnalysis(points, exponentFrom: 1024).Exponents());
    }

    [Fact]
    public void Crossover_LiesBetweenTheLengths_WithAnInterval()
    {
        // 8n = 3n + n²/100 at n = 500.
        var exact = new EfficiencyAnalysis(Points(), 128).Crossovers().Single();
        var noisy = new EfficiencyAnalysis(Points(0.1), 128).Crossovers().Single();

        Assert.InRange(exact.Length!.Value, 490, 510);
        Assert.Equal((exact.Length, exact.Length), (exact.Earliest, exact.Latest));
        Assert.InRange(noisy.Earliest!.Value, 256, exact.Length.Value - 50);
        Assert.InRange(noisy.Latest!.Value, exact.Length.Value + 50, 1024);
    }

    [Fact]
    public void Crossover_IsAtTheFirstLength_OrNowhere()
    {
        EfficiencyPoint[] always = [.. Points(), .. Lengths.Select(n => Point("linear", n, 3.1 * n, n))];
        EfficiencyPoint[] never = [.. Points(), .. Lengths.Select(n => Point("linear", n, 300.0 * n, n))];

        Assert.Equal(128, new EfficiencyAnalysis(always, 128).Crossovers().Single(c => c.Model == "linear").Length);
        Assert.Null(new EfficiencyAnalysis(never, 128).Crossovers().Single(c => c.Model == "linear").Length);
    }

    [Fact]
    public void Ratios_AreOfSoftmax_OnBothSides()
    {
        EfficiencyPoint[] points = [.. Points(), .. Lengths.Select(n => Point("linformer-256", n, 6.0 * n, 2.0 * n))];

        var ratio = new EfficiencyAnalysis(points, 128).Ratios(PublishedNumbers.Shipped().All).Single(r => r is { Model: "linformer-256", Length: 1024, Quantity: "time" });

        Assert.Equal(1.3 / 2.4, ratio.Published, 1e-9); // arXiv 2102.03902, Table 1
        Assert.Equal(6.0 / (3 + 10.24), ratio.OurStep!.Value, 1e-9);
        Assert.Equal(3.0 / 10.24, ratio.OurAttention!.Value, 1e-9);
    }
}
