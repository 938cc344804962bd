// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Records;
using Yoso.Reports.Tables;

namespace Yoso.Reports.Claims;

/// <summary>
/// The paper's two sentences about the method itself, tested on measurements: cost linear in n, error falling as 1/√m. The probability
/// is a parametric bootstrap of the slopes on log-log axes: each is redrawn from Student's t with the spread of the points about its line.
/// </summary>
internal static class MeasurementClaims
{
    /// <summary>Linear cost still has an exponent above 1 here: τ = log2 n adds up to 0.1, tables that leave the caches as much again.</summary>
    public const double MostExponent = 1.2;

    /// <summary>Over a hundredfold m the error may end a quarter above or below what 1/√m gives.</summary>
    public const double SlopeMargin = 0.05;

    public const string EfficiencyCommand = "./build.sh Efficiency --scale paper", ApproximationCommand = "./build.sh Approximation --scale paper";

    /// <summary>Below so many tokens the parts that do not grow with n decide.</summary>
    private const int LeastLength = 1024;
    private const int LeastLengths = 4, LeastHashCounts = 5;
    private const string Model = "yoso-32", Softmax = "softmax", Body = "none", SameBatch = "same-batch";

    public static IReadOnlyList<ClaimResult> Run(IReadOnlyList<EfficiencyRecord> efficiency, ApproximationRecord? approximation) =>
    [
        .. efficiency.Count == 0 ? [Cost("time", null), Cost("memory", null)] : efficiency.OrderBy(e => e.Device, StringComparer.Ordinal).SelectMany(e => new[] { Cost("time", e), Cost("memory", e) }),
        Error("Spread", approximation), Error("Shared", approximation),
    ];

    /// <param name="quantity">time or memory.</param>
    public static ClaimResult Cost(string quantity, EfficiencyRecord? record)
    {
        var where = record?.Device switch { null => "", "cuda" => " on a GPU", _ => " on a CPU" };
        var claim = new Claim(
            $"Cost is linear in n: the {quantity} of YOSO-32's attention grows with an exponent of at most {Show.Number(MostExponent)}{where}", "efficiency", Model, Softmax, MostExponent - 1,
            "its title and efficiency figures; softmax's exponent is 2");
        if (record is null)
        {
            return Untested($"Needs {EfficiencyCommand}.");
        }

        var all = Attention(record, Model, quantity, 0);
        var points = all.Where(p => p.X >= LeastLength).ToArray();
        if (points.Length < LeastLengths || points[^1].X < 8 * points[0].X)
        {
            var soFar = PowerLaw.Fit(all) is { } small ? $" So far, over n = {Range(all)}: {small.Text()}." : "";
            return Untested($"Needs {LeastLengths} lengths from {Show.Count(LeastLength)} tokens on: {EfficiencyCommand}.{soFar}");
        }

        var fit = PowerLaw.Fit(points)!;
        var reference = PowerLaw.Fit(Attention(record, Softmax, quantity, LeastLength)) is { } softmax ? $"; softmax's is {softmax.Text()}" : "";
        return Tested(claim, [fit], e => e <= MostExponent,
            $"Exponent {fit.Text()} over n = {Range(points)}{reference}; rests on {points.Length} lengths, the step less that of the model without attention.");

        ClaimResult Untested(string need) => new(claim, ClaimOutcome.NotTested, null, need);
    }

    public static ClaimResult Error(string sampler, ApproximationRecord? record)
    {
        var name = sampler == "Shared" ? "upstream's sampler" : "a rotation for each bit of a code";
        var claim = new Claim(
            $"The error of sampled YOSO falls as 1/√m with {name}: slope over m within {Show.Number(SlopeMargin)} of -0.50 at every n", "approximation", "", "", SlopeMargin,
            "an estimate of the expectation by m hashes");
        var lines = record is null ? [] : record.Errors.Where(e => e.Quantity == "output" && e.Sampler == sampler).GroupBy(e => (e.Input, e.Length)).Select(g => g.ToArray()).ToArray();
        var fits = lines.Where(l => l.Length >= LeastHashCounts).Select(l => PowerLaw.Fit([.. l.Select(e => ((double)e.HashCount, e.Error))])).OfType<PowerLaw>().ToArray();
        if (fits.Length == 0 || fits.Length < lines.Length)
        {
            return new ClaimResult(claim, ClaimOutcome.NotTested, null, $"Needs {LeastHashCounts} values of m: {ApproximationCommand}.");
        }

        var used = lines.SelectMany(l => l).ToArray();
        return Tested(claim, fits, s => Math.Abs(s + 0.5) <= SlopeMargin,
            $"Slopes from {Slope(fits.Min(f => f.Exponent))} to {Slope(fits.Max(f => f.Exponent))} over m = {used.Min(e => e.HashCount)} to {used.Max(e => e.HashCount)}; rests on {fits.Length} lines, "
            + $"n = {Show.Count(used.Min(e => e.Length))} to {Show.Count(used.Max(e => e.Length))}, {string.Join(" and ", used.Select(e => e.Input).Distinct())} vectors, {used.Min(e => e.Draws)} draws of the hashes a point.");
    }

    /// <summary>What a model's attention takes at each length from <paramref name="least"/> on: its step less that of the model without attention.</summary>
    private static (double X, double Y)[] Attention(EfficiencyRecord record, string model, string quantity, int least)
    {
        double? Value(EfficiencyPoint p) => quantity == "time" ? p.Milliseconds?.Median : p.Megabytes;
        var body = record.Points.Where(p => p.Mode == SameBatch && p.Model == Body && Value(p) is not null).ToDictionary(p => p.Length, p => Value(p)!.Value);
        return
        [
            .. record.Points.Where(p => p.Mode == SameBatch && p.Model == model && p.Length >= least && body.ContainsKey(p.Length) && Value(p) > body[p.Length])
                .OrderBy(p => p.Length).Select(p => ((double)p.Length, Value(p)!.Value - body[p.Length])),
        ];
    }

    private static ClaimResult Tested(Claim claim, IReadOnlyList<PowerLaw> fits, Func<double, bool> holds, string detail)
    {
        var random = new SplitMix(0x59_4F_53_4F);
        var count = 0;
        for (var draw = 0; draw < ClaimTests.Draws; draw++)
        {
            // All of them, not up to the first that fails: every draw takes the same numbers.
            count += fits.Count(f => holds(f.Redrawn(random))) == fits.Count ? 1 : 0;
        }

        var probability = count / (double)ClaimTests.Draws;
        return new ClaimResult(claim, ClaimTests.Outcome(probability), probability, detail);
    }

    private static string Slope(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Range((double X, double Y)[] points) => $"{Show.Count((long)points[0].X)} to {Show.Count((long)points[^1].X)}";
}
