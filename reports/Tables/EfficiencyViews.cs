// SPDX-License-Identifier: MIT
using System.Globalization;
using Yoso.Reports.Claims;
using Yoso.Reports.Exports;
using Yoso.Reports.Figures;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tables;

/// <summary>The section "Efficiency": time and memory of a training step against the length, one device.</summary>
internal sealed class EfficiencyViews(EfficiencyRecord record)
{
    private const string SameBatch = "same-batch", Body = "none", Softmax = "softmax";

    private EfficiencyPoint[] Points { get; } = [.. record.Points.Where(p => p.Mode == SameBatch).OrderBy(p => p.Length)];

    private string Where => record.Device == "cuda" ? "on a GPU" : "on a CPU";

    private string[] Models => [.. record.Points.Select(p => p.Model).Distinct()];

    private int[] Lengths => [.. Points.Select(p => p.Length).Distinct().Order()];

    public static MeasurementView Missing { get; } = new()
    {
        Id = "efficiency", Title = "Efficiency", Notes = ["Not measured here yet."], Warnings = [], Command = "./build.sh Efficiency",
    };

    public static MeasurementView Build(EfficiencyRecord record) => new EfficiencyViews(record).View();

    private MeasurementView View()
    {
        var f = record.Fingerprint;
        return new MeasurementView
        {
            Id = $"efficiency-{TableViews.Slug(record.Device)}",
            Title = $"Efficiency {Where}: a training step against the sequence length",
            Notes =
            [
                "Upstream's measurement: 6 layers that share their weights, dim 256, 4 heads of 64, τ = log2 n, one forward and backward pass on random tokens; per instance, each point in a process of its own. none is the model without attention, which all others contain.",
                $"{Machine(f)}; {Show.Time(record.StartedAt)}, {Show.Duration(record.WallSeconds)}, commit {Show.Digest(f.GitCommit)}{(f.GitDirty ? " with local changes" : "")}.",
            ],
            Warnings =
            [
                .. record.Plan == "full" ? Array.Empty<string>() : [$"{TableViews.Capital(record.Plan)} scale: {(Lengths.Length == 0 ? "no length" : $"{Lengths.Length} short lengths up to {Show.Count(Lengths[^1])} tokens")}. It shows that the measurement works; at these lengths what does not grow with n still decides, so exponents are too low."],
                .. record.Warnings.Select(w => $"{TableViews.Capital(w)}."),
            ],
            Command = record.Command,
            Figures = [.. new[] { Figure("time", "Time in ms an instance", p => p.Milliseconds?.Median), Figure("memory", "Peak memory in MiB an instance", p => p.Megabytes) }.OfType<FigureView>()],
            Tables = [.. new[] { Growth(), Values("time", "Time in ms an instance", "Median.", p => p.Milliseconds?.Median), Values("memory", "Peak memory in MiB an instance", "", p => p.Megabytes), Published(), Absent() }.OfType<PlainTable>()],
        };
    }

    private string Machine(RunFingerprint f) => record.Device == "cuda"
        ? $"{f.Gpu}{(f.Driver is null ? "" : $", driver {f.Driver}")}"
        : $"{f.Cpu}, {Show.Plural(f.Threads, "thread")}, {f.CpuKernels} kernels";

    private FigureView? Figure(string quantity, string title, Func<EfficiencyPoint, double?> value)
    {
        // YOSO, softmax and the body solid, whose comparison is the question; the others dashed.
        var lines = new List<LogLogLine>();
        foreach (var group in Models.GroupBy(m => m is Body or Softmax || m.StartsWith("yoso", StringComparison.Ordinal)))
        {
            lines.AddRange(group.Select((m, i) => new LogLogLine(m, $"line-{i % LinePlot.Colors}{(group.Key ? "" : " dashed")}", [.. Points.Where(p => p.Model == m && value(p) is > 0).Select(p => ((double)p.Length, value(p)!.Value))])));
        }

        LogLogLine[] drawn = [.. lines.Where(l => l.Points.Count > 0)];
        return drawn.Length == 0 ? null : new FigureView(
            $"efficiency-{TableViews.Slug(record.Device)}-{quantity}", $"{title} {Where}", "Both axes logarithmic: n is a line of slope 1, n² of slope 2.",
            new Raw(LogLogPlot.Svg(drawn, "tokens n", quantity == "time" ? "ms" : "MiB", $"{title} against n, {Where}")));
    }

    private PlainTable? Growth()
    {
        var models = Models.Where(m => m != Body && (Exponent(m, "time") + Exponent(m, "memory")).Length > 0).ToArray();
        var crossed = record.Crossovers.Where(c => c.Mode == SameBatch).ToArray();
        return models.Length == 0 ? null : new PlainTable(
            $"efficiency-{TableViews.Slug(record.Device)}-exponents", "What grows how",
            $"Exponents of n with 95 % intervals, of the attention alone: the step less that of none. 1 is linear, 2 quadratic. From {Show.Count(record.Exponents.Min(e => e.FirstLength))} tokens on.",
            ["time", .. record.Device == "cpu" ? ["processor time"] : Array.Empty<string>(), "memory", "faster than softmax from n ="],
            [
                .. models.Select(m => new PlainRow(m,
                [
                    OrDash(Exponent(m, "time")), .. record.Device == "cpu" ? [OrDash(Exponent(m, "cpu-time"))] : Array.Empty<string>(), OrDash(Exponent(m, "memory")),
                    crossed.FirstOrDefault(c => c.Model == m) is { } c ? Crossover(c) : "–",
                ])),
            ]);
    }

    private string Exponent(string model, string quantity) =>
        record.Exponents.FirstOrDefault(e => e.Mode == SameBatch && e.Model == model && e.Quantity == quantity && e.Part == "attention") is { } e
            ? string.Create(CultureInfo.InvariantCulture, $"{e.Exponent:0.00} [{e.Low:0.00}, {e.High:0.00}]")
            : "";

    private static string OrDash(string text) => text.Length == 0 ? "–" : text;

    private string Crossover(EfficiencyCrossover crossover)
    {
        string Text(double? n) => n is null ? $"> {Show.Count(Lengths[^1])}" : n <= Lengths[0] ? $"≤ {Show.Count(Lengths[0])}" : Show.Count((long)Math.Round(n.Value));
        var (middle, early, late) = (Text(crossover.Length), Text(crossover.Earliest), Text(crossover.Latest));
        return early == middle && late == middle ? middle : $"{middle} [{early}, {late}]";
    }

    private PlainTable? Values(string quantity, string title, string note, Func<EfficiencyPoint, double?> value) => Points.All(p => value(p) is null) ? null : new PlainTable(
        $"efficiency-{TableViews.Slug(record.Device)}-{quantity}", title, note,
        [.. Lengths.Select(n => $"n = {Show.Count(n)}")],
        [.. Models.Select(m => new PlainRow(m, [.. Lengths.Select(n => Points.FirstOrDefault(p => p.Model == m && p.Length == n) is { } p && value(p) is { } v ? Digits(v) : "–")]))]);

    private PlainTable? Published()
    {
        var rows = record.Published.Where(r => r.OurStep is not null).ToArray();
        return rows.Length == 0 ? null : new PlainTable(
            $"efficiency-{TableViews.Slug(record.Device)}-published", "Beside published numbers, as quotients of softmax's",
            "Theirs: attention alone, inference, on their GPU. Ours: a training step, and its attention alone. Only the direction can be compared.",
            ["n", "quantity", "published", "ours, step", "ours, attention", "source"],
            [.. rows.Select(r => new PlainRow(r.Model, [Show.Count(r.Length), r.Quantity, Digits(r.Published), Digits(r.OurStep!.Value), r.OurAttention is { } a ? Digits(a) : "–", r.Source]))]);
    }

    private PlainTable? Absent()
    {
        var groups = record.Points.Where(p => p.Missing is not null).GroupBy(p => (p.Mode, p.Model, p.Missing)).ToArray();
        return groups.Length == 0 ? null : new PlainTable(
            $"efficiency-{TableViews.Slug(record.Device)}-absent", "Points that were not measured", "",
            ["mode", "n", "reason"],
            [.. groups.Select(g => new PlainRow(g.Key.Model, [g.Key.Mode, string.Join(", ", g.Select(p => Show.Count(p.Length))), g.Key.Missing!]))]);
    }

    /// <summary>Three significant digits: more would be noise.</summary>
    private static string Digits(double value) => Math.Abs(value) >= 1000
        ? Show.Count((long)Math.Round(value))
        : double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture);
}
