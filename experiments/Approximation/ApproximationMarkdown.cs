// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Approximation;

/// <summary>approximation.md: the tables a person reads.</summary>
internal sealed class ApproximationMarkdown(ApproximationRecord record)
{
    private readonly StringBuilder _text = new();

    public string Text()
    {
        Head();
        foreach (var input in record.Errors.Select(e => e.Input).Distinct())
        {
            Output(input);
        }

        Slopes();
        Gradients();
        return _text.ToString();
    }

    private void Head()
    {
        var f = record.Fingerprint;
        Line($"# Approximation: sampled YOSO against its expectation");
        Line($"");
        Line($"{record.StartedAt.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC, {f.Cpu}, kernels {f.CpuKernels}, {f.LibTorch}, commit {f.GitCommit}{(f.GitDirty ? " with changes" : "")}, {record.WallSeconds.ToString("0", CultureInfo.InvariantCulture)} s. Command: `{record.Command}`. The numbers are the same on every machine up to rounding.");
        Line($"");
        Line($"Relative error ‖Ŝ - S‖ / ‖S‖ of the sampled sum Ŝ and of its gradients, S being YOSO-E's: root mean square over draws of the hashes [95 % interval]. Head dimension 64, 8 sequences and heads, τ = log2 n. Theory: Σ p(1-p) / (m Σ p²) under the root, for independent hashes of the closed-form probability p. Spread draws each bit of a code from another rotation; Shared, upstream's, takes them from one, which lowers p and leaves an error that more hashes do not remove.");
        Line($"");
        foreach (var input in record.Errors.Select(e => e.Input).Distinct())
        {
            Line($"![error of the output against m, {input}](approximation-{input}-hashes.svg)");
            Line($"![error of the output against n, {input}](approximation-{input}-length.svg)");
            Line($"![error of the gradients, {input}](approximation-{input}-gradients.svg)");
        }

        foreach (var picture in record.Pictures)
        {
            Line($"![{picture.Description}]({picture.File})");
        }

        if (record.Pictures.Count == 0)
        {
            Line($"No attention matrices: no finished run of a trained model was found.");
        }

        Line($"");
    }

    private void Output(string input)
    {
        var errors = record.Errors.Where(e => e.Input == input && e.Quantity == "output").ToArray();
        var counts = errors.Select(e => e.HashCount).Distinct().Order().ToArray();
        Line($"## Error of the output, {input} vectors");
        Line($"");
        Line($"| n | τ | sampler | {string.Join(" | ", counts.Select(m => $"m = {m}"))} |");
        Line($"|---|---|---|{string.Concat(counts.Select(_ => "---|"))}");
        foreach (var line in errors.GroupBy(e => (e.Length, e.Sampler)))
        {
            Line($"| {line.Key.Length} | {line.First().HashCodeLength} | {line.Key.Sampler} | {string.Join(" | ", line.OrderBy(e => e.HashCount).Select(Cell))} |");
            if (line.Key.Sampler == "Spread")
            {
                Line($"| {line.Key.Length} | {line.First().HashCodeLength} | theory | {string.Join(" | ", line.OrderBy(e => e.HashCount).Select(e => Number(e.Predicted!.Value)))} |");
            }
        }

        Line($"");
    }

    private void Slopes()
    {
        Line($"## Slopes over m");
        Line($"");
        Line($"-0.5 where the variance falls as 1/m.");
        Line($"");
        Line($"| input | n | sampler | quantity | slope | 95 % interval |");
        Line($"|---|---|---|---|---|---|");
        foreach (var s in record.Slopes)
        {
            Line($"| {s.Input} | {s.Length} | {s.Sampler} | {s.Quantity} | {s.Slope.ToString("0.000", CultureInfo.InvariantCulture)} | {s.Low.ToString("0.000", CultureInfo.InvariantCulture)} to {s.High.ToString("0.000", CultureInfo.InvariantCulture)} |");
        }

        Line($"");
    }

    private void Gradients()
    {
        var length = record.Errors.Max(e => e.Length);
        Line($"## All quantities at n = {length}");
        Line($"");
        Line($"| input | sampler | m | output | unit output | value gradient | query gradient | key gradient | theory |");
        Line($"|---|---|---|---|---|---|---|---|---|");
        foreach (var row in record.Errors.Where(e => e.Length == length).GroupBy(e => (e.Input, e.Sampler, e.HashCount)))
        {
            Line($"| {row.Key.Input} | {row.Key.Sampler} | {row.Key.HashCount} | {string.Join(" | ", row.Select(Cell))} | {Number(row.First().Predicted!.Value)} |");
        }
    }

    private static string Cell(ApproximationError e) => $"{Number(e.Error)} [{Number(e.Low)}, {Number(e.High)}]";

    private static string Number(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private void Line(FormattableString text) => _text.Append(FormattableString.Invariant(text)).Append('\n');
}
