// SPDX-License-Identifier: MIT
using Yoso.Experiments.KernelBenchmark;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Efficiency;

/// <summary>Time and memory an instance against n on logarithmic axes, where n^x is a straight line of slope x.</summary>
internal static class EfficiencyPlots
{
    // Solid YOSO and softmax, whose comparison is the question; the others dashed.
    private static readonly Dictionary<string, (string Color, bool Dashed)> Styles = new(StringComparer.Ordinal)
    {
        ["none"] = ("#808080", true),
        ["softmax"] = ("#b5452c", false),
        ["yoso-e"] = ("#d98c3f", false),
        ["nystrom-64-conv33"] = ("#7a4fa3", true),
        ["longformer-128"] = ("#2f7d4f", true),
        ["linformer-256"] = ("#4a90c2", true),
        ["reformer-2"] = ("#a33f6b", true),
        ["performer-256"] = ("#8a7a1f", true),
        ["linear"] = ("#404040", true),
        ["yoso-16"] = ("#5b9bd5", false),
        ["yoso-32"] = ("#2b5f9e", false),
        ["yoso-c-16"] = ("#58b7a5", false),
        ["yoso-c-32"] = ("#1f7a70", false),
    };

    public static string Time(EfficiencyRecord record) => Svg(record, p => p.Milliseconds?.Median, "Training step, ms an instance", "ms");

    public static string Memory(EfficiencyRecord record) => Svg(record, p => p.Megabytes, "Training step, peak MiB an instance", "MiB");

    private static string Svg(EfficiencyRecord record, Func<EfficiencyPoint, double?> value, string title, string unit)
    {
        var lines = record.Points.Where(p => p.Mode == EfficiencyRun.SameBatch && value(p) is > 0).GroupBy(p => p.Model)
            .Select(g => new LogLogLine(g.Key, Styles[g.Key].Color, Styles[g.Key].Dashed, [.. g.OrderBy(p => p.Length).Select(p => ((double)p.Length, value(p)!.Value))]))
            .ToArray();
        var machine = record.Device == "cuda" ? record.Fingerprint.Gpu : $"{record.Fingerprint.Cpu.Split(',')[0]}, {record.Fingerprint.Threads} threads";
        return LogLogPlot.Svg(lines, $"{title} ({machine})", "tokens n", unit);
    }
}
