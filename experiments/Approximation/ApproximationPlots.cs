// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Approximation;

/// <summary>Relative error against m on logarithmic axes, where 1/√m is a straight line of slope -1/2.</summary>
internal static class ApproximationPlots
{
    private static readonly string[] Colors = ["#2b5f9e", "#2f7d4f", "#b5452c", "#7a4fa3", "#8a7a1f", "#a33f6b"];

    /// <summary>The output at every length: Spread solid, Shared dashed, the closed form grey.</summary>
    public static string Output(ApproximationRecord record, string input)
    {
        var lines = new List<LogLogLine>();
        foreach (var (length, color) in record.Errors.Select(e => e.Length).Distinct().Zip(Colors))
        {
            var errors = record.Errors.Where(e => e.Input == input && e.Length == length && e.Quantity == "output").ToArray();
            lines.Add(new LogLogLine($"n = {length}, theory", "#b0b0b0", false, Points(errors.Where(e => e.Sampler == "Spread"), e => e.Predicted!.Value)));
            lines.AddRange(Lines(errors, color, $"n = {length}, "));
        }

        return LogLogPlot.Svg(lines, $"Relative error of the output, {input} vectors, before normalisation", "hashes m", "error");
    }

    /// <summary>Output and gradients at the largest length.</summary>
    public static string Gradients(ApproximationRecord record, string input)
    {
        var length = record.Errors.Max(e => e.Length);
        var errors = record.Errors.Where(e => e.Input == input && e.Length == length).ToArray();
        var lines = new List<LogLogLine> { new("theory", "#b0b0b0", false, Points(errors.Where(e => e is { Quantity: "output", Sampler: "Spread" }), e => e.Predicted!.Value)) };
        foreach (var (quantity, color) in errors.Select(e => e.Quantity).Distinct().Zip(Colors))
        {
            lines.AddRange(Lines([.. errors.Where(e => e.Quantity == quantity)], color, quantity + ", "));
        }

        return LogLogPlot.Svg(lines, $"Relative error of output and gradients, {input} vectors, n = {length}", "hashes m", "error");
    }

    private static IEnumerable<LogLogLine> Lines(ApproximationError[] errors, string color, string prefix) =>
        from sampler in (string[])["Spread", "Shared"]
        select new LogLogLine(prefix + sampler, color, sampler == "Shared", Points(errors.Where(e => e.Sampler == sampler), e => e.Error));

    private static IReadOnlyList<(double X, double Y)> Points(IEnumerable<ApproximationError> errors, Func<ApproximationError, double> value) =>
        [.. errors.OrderBy(e => e.HashCount).Select(e => ((double)e.HashCount, value(e)))];
}
