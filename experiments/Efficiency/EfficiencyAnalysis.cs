// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;
using Yoso.Reports.Published;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Efficiency;

/// <summary>What the points say together.</summary>
internal sealed class EfficiencyAnalysis(IReadOnlyList<EfficiencyPoint> points, int exponentFrom)
{
    private const string WithoutAttention = "none", Softmax = "softmax";

    /// <summary>A paper's name of a mechanism to ours, where its width is the same.</summary>
    private static readonly Dictionary<string, string> PublishedModels = new(StringComparer.Ordinal)
    {
        ["linformer-256"] = "linformer-256", ["nystromformer-64"] = "nystrom-64-conv33",
    };

    private static readonly (string Name, Func<EfficiencyPoint, double?> Value)[] Quantities =
    [
        ("time", p => p.Milliseconds?.Median), ("cpu-time", p => p.CpuMilliseconds?.Median), ("memory", p => p.Megabytes),
    ];

    private IEnumerable<string> Modes => points.Select(p => p.Mode).Distinct();

    private IEnumerable<string> Models => points.Select(p => p.Model).Distinct();

    /// <summary>Of the step, and of what is left of it without the time or memory of the model without attention.</summary>
    public IReadOnlyList<EfficiencyExponent> Exponents() =>
    [
        .. from mode in Modes
           from model in Models
           from quantity in Quantities
           from part in (string[])["step", "attention"]
           let values = Values(mode, model, quantity.Value, part == "attention").Where(v => v.Length >= exponentFrom).ToArray()
           where values.Length >= 3
           let fit = BenchStatistics.FitExponent([.. values.Select(v => ((double)v.Length, v.Value))])
           select new EfficiencyExponent(mode, model, quantity.Name, part, values[0].Length, values[^1].Length, fit.Exponent, fit.Low, fit.High),
    ];

    public IReadOnlyList<EfficiencyCrossover> Crossovers() =>
    [
        .. from mode in Modes
           from model in Models
           where model is not (WithoutAttention or Softmax)
           let pairs = Pairs(mode, model)
           where pairs.Length > 0
           select new EfficiencyCrossover(
               mode, model, Crossing(pairs, p => p.Own.Median / p.Softmax.Median), Crossing(pairs, p => p.Own.Low / p.Softmax.High), Crossing(pairs, p => p.Own.High / p.Softmax.Low)),
    ];

    public IReadOnlyList<EfficiencyRatio> Ratios(IReadOnlyList<PublishedNumber> published) =>
    [
        .. from number in published
           where number.Table.StartsWith("efficiency (Table 1)", StringComparison.Ordinal) && PublishedModels.ContainsKey(number.Model)
           let reference = published.FirstOrDefault(r => r.Publication == number.Publication && r.Table == number.Table && r.Task == number.Task && r.Metric == number.Metric && r.Model == "transformer")
           where reference is not null
           let model = PublishedModels[number.Model]
           let length = int.Parse(number.Task["n=".Length..], System.Globalization.CultureInfo.InvariantCulture)
           let quantity = number.Metric.StartsWith("time", StringComparison.Ordinal) ? Quantities[0] : Quantities[2]
           select new EfficiencyRatio(
               $"{number.Publication}, {number.Table}", model, length, quantity.Name, number.Value / reference.Value, Quotient(model, length, quantity.Value, false), Quotient(model, length, quantity.Value, true)),
    ];

    private double? Quotient(string model, int length, Func<EfficiencyPoint, double?> value, bool attention)
    {
        double? Of(string name) => Values(EfficiencyRun.SameBatch, name, value, attention).Where(v => v.Length == length).Select(v => (double?)v.Value).FirstOrDefault();
        return Of(model) / Of(Softmax);
    }

    /// <summary>Positive values by rising length.</summary>
    private IEnumerable<(int Length, double Value)> Values(string mode, string model, Func<EfficiencyPoint, double?> value, bool attention)
    {
        if (attention && model == WithoutAttention)
        {
            yield break;
        }

        foreach (var point in points.Where(p => p.Mode == mode && p.Model == model).OrderBy(p => p.Length))
        {
            var rest = attention ? points.Where(p => p.Mode == mode && p.Model == WithoutAttention && p.Length == point.Length).Select(value).FirstOrDefault() : 0;
            if (value(point) - rest is > 0 and { } left)
            {
                yield return (point.Length, left);
            }
        }
    }

    private (int Length, MeasuredInterval Own, MeasuredInterval Softmax)[] Pairs(string mode, string model) =>
    [
        .. from own in points
           from softmax in points
           where own.Mode == mode && softmax.Mode == mode && own.Model == model && softmax.Model == Softmax && own.Length == softmax.Length
           where own.Milliseconds is not null && softmax.Milliseconds is not null
           orderby own.Length
           select (own.Length, own.Milliseconds, softmax.Milliseconds),
    ];

    /// <summary>Where the quotient falls below 1 for good; null when it ends above.</summary>
    private static double? Crossing((int Length, MeasuredInterval Own, MeasuredInterval Softmax)[] pairs, Func<(int Length, MeasuredInterval Own, MeasuredInterval Softmax), double> quotient)
    {
        var logs = pairs.Select(p => (X: Math.Log(p.Length), Y: Math.Log(quotient(p)))).ToArray();
        var last = Array.FindLastIndex(logs, l => l.Y >= 0);
        if (last == logs.Length - 1)
        {
            return null;
        }

        if (last < 0)
        {
            return pairs[0].Length;
        }

        var (a, b) = (logs[last], logs[last + 1]);
        return Math.Exp(a.X + ((b.X - a.X) * a.Y / (a.Y - b.Y)));
    }
}
