// SPDX-License-Identifier: MIT
using Yoso.Reports.Records;

namespace Yoso.Reports.Tests;

/// <summary>Records of measurements with known laws.</summary>
internal static class MeasurementRecords
{
    private static readonly RunFingerprint Fingerprint = Records.Run().Fingerprint;

    /// <param name="exponent">Of what yoso-32's attention takes, time and memory; softmax's is 2, the model without attention takes 3 n microseconds.</param>
    /// <param name="noise">A factor for each time and memory.</param>
    public static EfficiencyRecord Efficiency(double exponent = 1, int[]? lengths = null, string plan = "full", Func<double>? noise = null)
    {
        lengths ??= [512, 1024, 2048, 4096, 8192, 16384];
        var points = new List<EfficiencyPoint>();
        foreach (var n in lengths)
        {
            var body = 3e-3 * n;
            Add("none", n, body, n / 64.0);
            Add("softmax", n, body + (n * (double)n * 1e-5), (n / 64.0) + (n * (double)n * 1e-5));
            Add("linformer-256", n, body + (2e-3 * n), n / 32.0);
            Add("yoso-32", n, body + (8e-3 * 1024 * Math.Pow(n / 1024.0, exponent) * (noise?.Invoke() ?? 1)), (n / 64.0) + (40 * Math.Pow(n / 1024.0, exponent) * (noise?.Invoke() ?? 1)));
        }

        points.Add(new EfficiencyPoint { Mode = "same-batch", Model = "yoso-e", Length = lengths[^1], Missing = "not measured: would take about 1200 s, more than 900 s" });
        return new EfficiencyRecord
        {
            Plan = plan, Device = "cpu", StartedAt = Records.Morning, WallSeconds = 3671, Command = plan == "full" ? "./yoso bench efficiency --full" : "./yoso bench efficiency",
            Fingerprint = Fingerprint, Warnings = [], Points = points,
            Exponents =
            [
                new("same-batch", "softmax", "time", "attention", 1024, 16384, 2, 1.98, 2.02), new("same-batch", "softmax", "memory", "attention", 1024, 16384, 2, 2, 2),
                new("same-batch", "yoso-32", "time", "attention", 1024, 16384, exponent, exponent - 0.05, exponent + 0.05),
                new("same-batch", "yoso-32", "memory", "attention", 1024, 16384, exponent, exponent - 0.01, exponent + 0.01),
            ],
            Crossovers = [new("same-batch", "yoso-32", 812.4, 700, 950), new("same-batch", "linformer-256", 512, 512, 512), new("max-batch", "yoso-32", 900, null, null)],
            Published = [new("arXiv 2102.03902, efficiency (Table 1)", "linformer-256", 1024, "time", 0.54, 0.45, 0.19)],
        };

        void Add(string model, int n, double ms, double mib) => points.Add(new EfficiencyPoint
        {
            Mode = "same-batch", Model = model, Length = n, Batch = 1, Samples = 10, Megabytes = mib,
            Milliseconds = new(ms, ms * 0.97, ms * 1.03, 0.978), CpuMilliseconds = new(ms, ms * 0.97, ms * 1.03, 0.978),
        });
    }

    /// <param name="slope">Of the error over m: -0.5 as theory says.</param>
    public static ApproximationRecord Approximation(double slope = -0.5, int[]? hashCounts = null, Func<double>? noise = null)
    {
        var errors = from input in (string[])["random", "clustered"]
                     from n in (int[])[64, 256]
                     from sampler in (string[])["Shared", "Spread"]
                     from m in hashCounts ?? [8, 16, 32, 64, 128]
                     from quantity in (string[])["output", "unit-output", "value-gradient"]
                     let error = (input == "random" ? 2 : 0.5) * Math.Log2(n) * Math.Pow(m / 8.0, slope) * (noise?.Invoke() ?? 1)
                     select new ApproximationError
                     {
                         Input = input, Length = n, HashCodeLength = (int)Math.Log2(n), HashCount = m, Sampler = sampler, Quantity = quantity, Draws = 4,
                         Error = error, Low = error * 0.99, High = error * 1.01, Predicted = quantity == "unit-output" ? null : error * 1.05,
                     };
        return new ApproximationRecord
        {
            Plan = "smoke", StartedAt = Records.Morning, WallSeconds = 12, Command = "./yoso bench approximation", Fingerprint = Fingerprint, Errors = [.. errors],
            Slopes = [new("random", 64, "Spread", "output", slope, slope - 0.01, slope + 0.01), new("clustered", 256, "Shared", "output", slope, slope - 0.02, slope + 0.02)],
            Pictures = [new("attention-listops-yoso-32.svg", "lra/listops/yoso-32 seed 1 (smoke)", "9f8e7d6c5b4a3210", "Attention of lra/listops/yoso-32 on one test example, 55 tokens, τ = 6")],
        };
    }

    /// <summary>A record of each, and a picture.</summary>
    public static ReportInput With(this ReportInput input) => input with
    {
        Efficiency = [Efficiency()], Approximation = Approximation(),
        Pictures = new Dictionary<string, string> { ["attention-listops-yoso-32.svg"] = "<svg xmlns=\"http://www.w3.org/2000/svg\"/>" },
    };
}
