// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Efficiency;

/// <summary>efficiency-DEVICE.md: the tables a person reads.</summary>
internal sealed class EfficiencyMarkdown(EfficiencyRecord record)
{
    private readonly StringBuilder _text = new();

    public string Text()
    {
        Head();
        Summary();
        foreach (var mode in record.Points.Select(p => p.Mode).Distinct().OrderByDescending(m => m, StringComparer.Ordinal))
        {
            Table(mode, "Time in ms an instance, median [interval]", p => p.Milliseconds is { } t ? $"{Number(t.Median)} [{Number(t.Low)}, {Number(t.High)}]" : null);
            Table(mode, "Peak memory in MiB an instance", p => p.Megabytes is { } m ? Number(m) : null);
            Table(mode, "Instances of a step", p => p.Batch > 0 ? p.Batch.ToString(CultureInfo.InvariantCulture) : null);
        }

        Exponents();
        Published();
        Missing();
        return _text.ToString();
    }

    private void Head()
    {
        var f = record.Fingerprint;
        Line($"# Efficiency on {record.Device}: a training step against the sequence length");
        Line($"");
        Line($"{record.StartedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC, {(record.Device == "cuda" ? $"{f.Gpu}, driver {f.Driver}" : $"{f.Cpu}, kernels {f.CpuKernels}, {f.Threads} threads")}, {f.LibTorch}, .NET {f.DotNet}, commit {f.GitCommit}{(f.GitDirty ? " with changes" : "")}, {Number(record.WallSeconds)} s.");
        Line($"Command: `{record.Command}`. Load average before {Number(record.LoadBefore)}, after {Number(record.LoadAfter)}: a quiet machine ends near its threads, the rest are other programs.");
        foreach (var warning in record.Warnings)
        {
            Line($"**Warning:** {warning}.");
        }

        if (record.Plan == "smoke")
        {
            Line($"**Smoke plan**: a few short lengths. It shows that the measurement works; its numbers prove nothing.");
        }

        Line($"");
        Line($"Upstream's measurement: 6 layers with the same weights, dim 256, 4 heads of 64, τ = log2 n, one forward and backward pass on random tokens without padding. Each point is a process of its own; an instance is a batch divided by its size. `none` is the model without attention, which all others contain.");
        Line($"");
        Line($"![time against n](efficiency-{record.Device}-time.svg)");
        Line($"![memory against n](efficiency-{record.Device}-memory.svg)");
        Line($"");
    }

    private void Summary()
    {
        Line($"## What grows how");
        Line($"");
        Line($"Exponents of n with 95 % intervals, of the attention alone (the step less that of `none`), same-batch. 1 is linear, 2 quadratic.");
        Line($"");
        Line($"| model | time | processor time | memory | faster than softmax from n = |");
        Line($"|---|---|---|---|---|");
        foreach (var model in record.Points.Select(p => p.Model).Distinct().Where(m => m != "none"))
        {
            var crossover = record.Crossovers.FirstOrDefault(c => c.Mode == EfficiencyRun.SameBatch && c.Model == model);
            Line($"| `{model}` | {Exponent(model, "time")} | {Exponent(model, "cpu-time")} | {Exponent(model, "memory")} | {(crossover is null ? "" : Crossover(crossover))} |");
        }

        Line($"");
    }

    private string Exponent(string model, string quantity) =>
        record.Exponents.FirstOrDefault(e => e.Mode == EfficiencyRun.SameBatch && e.Model == model && e.Quantity == quantity && e.Part == "attention") is { } e
            ? string.Create(CultureInfo.InvariantCulture, $"{e.Exponent:0.00} [{e.Low:0.00}, {e.High:0.00}]")
            : "";

    private string Crossover(EfficiencyCrossover crossover)
    {
        var lengths = record.Points.Where(p => p.Mode == crossover.Mode).Select(p => p.Length).ToArray();
        string Text(double? n) => n is null ? $"> {lengths.Max()}" : n <= lengths.Min() ? $"≤ {lengths.Min()}" : n.Value.ToString("0", CultureInfo.InvariantCulture);
        var (middle, early, late) = (Text(crossover.Length), Text(crossover.Earliest), Text(crossover.Latest));
        return early == middle && late == middle ? middle : $"{middle} [{early}, {late}]";
    }

    private void Table(string mode, string title, Func<EfficiencyPoint, string?> cell)
    {
        var points = record.Points.Where(p => p.Mode == mode).ToArray();
        var lengths = points.Select(p => p.Length).Distinct().Order().ToArray();
        Line($"## {title}, {mode}");
        Line($"");
        Line($"| model | {string.Join(" | ", lengths)} |");
        Line($"|---|{string.Concat(lengths.Select(_ => "---|"))}");
        foreach (var model in points.Select(p => p.Model).Distinct())
        {
            Line($"| `{model}` | {string.Join(" | ", lengths.Select(n => points.FirstOrDefault(p => p.Model == model && p.Length == n) is { } p ? cell(p) ?? "-" : ""))} |");
        }

        Line($"");
    }

    private void Exponents()
    {
        Line($"## All exponents");
        Line($"");
        Line($"| mode | model | quantity | of | lengths | exponent | 95 % interval |");
        Line($"|---|---|---|---|---|---|---|");
        foreach (var e in record.Exponents)
        {
            Line($"| {e.Mode} | `{e.Model}` | {e.Quantity} | {e.Part} | {e.FirstLength}..{e.LastLength} | {e.Exponent.ToString("0.00", CultureInfo.InvariantCulture)} | {e.Low.ToString("0.00", CultureInfo.InvariantCulture)} to {e.High.ToString("0.00", CultureInfo.InvariantCulture)} |");
        }

        Line($"");
    }

    private void Published()
    {
        var rows = record.Published.Where(r => r.OurStep is not null).ToArray();
        if (rows.Length == 0)
        {
            return;
        }

        Line($"## Beside published numbers, as quotients of softmax's");
        Line($"");
        Line($"Theirs: attention alone, inference, on their GPU. Ours: a training step, and its attention alone. Only the direction can be compared.");
        Line($"");
        Line($"| source | model | n | quantity | published | ours, step | ours, attention |");
        Line($"|---|---|---|---|---|---|---|");
        foreach (var r in rows)
        {
            Line($"| {r.Source} | `{r.Model}` | {r.Length} | {r.Quantity} | {Number(r.Published)} | {Number(r.OurStep)} | {Number(r.OurAttention)} |");
        }

        Line($"");
    }

    private void Missing()
    {
        foreach (var group in record.Points.Where(p => p.Missing is not null).GroupBy(p => (p.Mode, p.Model, p.Missing)))
        {
            Line($"- {group.Key.Mode}, `{group.Key.Model}`, n = {string.Join(", ", group.Select(p => p.Length))}: {group.Key.Missing}");
        }
    }

    /// <summary>Three significant digits: more would be noise.</summary>
    private static string Number(double? value) => value switch
    {
        null => "-",
        >= 1000 or <= -1000 => value.Value.ToString("0", CultureInfo.InvariantCulture),
        _ => double.Parse(value.Value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture),
    };

    private void Line(FormattableString text) => _text.Append(FormattableString.Invariant(text)).Append('\n');
}
