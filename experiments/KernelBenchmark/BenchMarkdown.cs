// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>kernels-cpu.md: the tables a person reads.</summary>
internal sealed class BenchMarkdown(BenchResult result)
{
    private readonly StringBuilder _text = new();

    private int D => result.D;

    private int M => result.M;

    private BenchPlan Plan => result.Plan;

    public string Text()
    {
        Head();
        Goals();
        foreach (var d in Plan.HeadDims)
        {
            foreach (var m in Plan.HashCounts)
            {
                Comparison(d, m);
            }
        }

        Kernels();
        Floors();
        Exponents();
        Skews();
        return _text.ToString();
    }

    private void Head()
    {
        var machine = result.Machine;
        Line($"# CPU kernels: softmax and YOSO attention side by side");
        Line($"");
        Line($"{machine.Date}, {machine.Cpu}, kernels {machine.Kernels}, {machine.Threads} threads, {machine.Versions}, commit {machine.Commit}, {machine.Seconds:0} s.");
        Line($"Command: `{machine.Command}`. Load average before {Number(machine.LoadBefore)}, after {Number(machine.LoadAfter)}: a quiet machine ends near {machine.Threads}, the rest are other programs.");
        foreach (var warning in result.Warnings)
        {
            Line($"**Warning:** {warning}.");
        }

        Line($"");
        Line($"float32, batch x heads = {AttentionInput.Sequences} x {AttentionInput.Heads}. sdpa: TorchSharp's scaled_dot_product_attention. yoso: our module through TorchSharp, with normalisation, hashing and autograd. yoso-kernels: the bare kernels.");
        Line($"Times are medians in ms, ± half the distance of the quartiles; all implementations of one n and d take turns. In brackets: processor time / threads, which other programs disturb less.");
        Line($"");
        Line($"![time against n](kernels-cpu.svg)");
        Line($"");
    }

    private void Goals()
    {
        var (n, scratch) = (Plan.Headline, result.Scratch.FirstOrDefault(s => s.N == Plan.Headline));
        var exponents = result.Exponents().Where(e => e.Implementation == "yoso").ToArray();
        var worstSkew = Plan.Inputs(Plan.Skewed, D).Intersect(InputKind.Skewed)
            .SelectMany(i => new[] { "forward", "forward+backward" }.Select(o => result.SkewRatio("yoso", o, i))).Max();
        var least = Plan.Sizes.Where(s => s >= 512).SelectMany(s => new[] { InputKind.Random, InputKind.Clustered }
            .SelectMany(i => new[] { "forward", "forward+backward" }.Select(o => result.Ratio(o, i, s, D, M)))).Min();
        Line($"## Goals (d = {D}, m = {M})");
        Line($"");
        Line($"| goal | asked | measured | met |");
        Line($"|---|---|---|---|");
        AtLeast($"n = {n}, random, forward, times as fast as sdpa", 20, result.Ratio("forward", InputKind.Random, n, D, M), " x");
        AtLeast($"n = {n}, random, forward+backward", 25, result.Ratio("forward+backward", InputKind.Random, n, D, M), " x");
        AtLeast($"n = {n}, clustered, forward+backward", 8, result.Ratio("forward+backward", InputKind.Clustered, n, D, M), " x");
        AtLeast("least ratio from n = 512 on, both inputs", 1, least, " x");
        AtLeast($"floor / bare kernels, n = {n}, random, forward+backward", 40, 100 * result.FloorShare("yoso-kernels", D, M), " %");
        AtMost("exponent of time in n, worst of both inputs and operations", 1.15, exponents.Max(e => e.Wall.Exponent), "");
        AtMost("the same by processor time", 1.15, exponents.Max(e => e.Cpu.Exponent), "");
        AtMost($"skewed input / random input, n = {Plan.Skewed}, worst", 3, worstSkew, " x");
        if (scratch is not null)
        {
            AtMost($"scratch and saved codes at n = {n}", 32, scratch.Megabytes, " MB");
        }

        Line($"");
    }

    private void Comparison(int d, int m)
    {
        Line($"## d = {d}, m = {m}, tau = log2 n in 9..12");
        Line($"");
        Line($"| n | input | sdpa forward | yoso forward | ratio | sdpa forward+backward | yoso forward+backward | ratio |");
        Line($"|---|---|---|---|---|---|---|---|");
        foreach (var n in Plan.Sizes)
        {
            foreach (var input in (string[])[InputKind.Random, InputKind.Clustered])
            {
                Line($"| {n} | {input} | {Compared("forward")} | {Compared("forward+backward")} |");

                string Compared(string operation) => string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Cell(result.Sdpa(operation, input, n, d))} | {Cell(result.Yoso("yoso", operation, input, n, d, m)!)} | {result.Ratio(operation, input, n, d, m):0.0} ({result.Ratio(operation, input, n, d, m, cpu: true):0.0})");
            }
        }

        Line($"");
    }

    private void Kernels()
    {
        Line($"## Bare kernels");
        Line($"");
        Line($"forward contains the hash of queries and keys. overhead: module / kernels, forward+backward.");
        Line($"");
        Line($"| n | d | m | hash | random forward | random forward+backward | clustered forward | clustered forward+backward | overhead |");
        Line($"|---|---|---|---|---|---|---|---|---|");
        foreach (var (d, m, n) in from d in Plan.HeadDims from m in Plan.HashCounts from n in Plan.Sizes select (d, m, n))
        {
            BenchRow Bare(string operation, string input) => result.Yoso("yoso-kernels", operation, input, n, d, m)!;
            var overhead = result.Yoso("yoso", "forward+backward", InputKind.Random, n, d, m)!.Median / Bare("forward+backward", InputKind.Random).Median;
            Line($"| {n} | {d} | {m} | {Cell(Bare("hash", InputKind.Random))} | {Cell(Bare("forward", InputKind.Random))} | {Cell(Bare("forward+backward", InputKind.Random))} | {Cell(Bare("forward", InputKind.Clustered))} | {Cell(Bare("forward+backward", InputKind.Clustered))} | {overhead:0.00} |");
        }

        Line($"");
    }

    private void Floors()
    {
        Line($"## Floor, n = {Plan.Headline}, random");
        Line($"");
        Line($"What reading every colliding pair, sorting and the transforms' additions cost at least, from the row reads, sorts and clock measured in this run. Shares: floor / measured forward+backward, by wall and by processor time; the probes take their best pass, so a busy machine lowers the share by wall time.");
        Line($"");
        Line($"| d | m | cycle, ns | row of d, ns | row of 2 d, ns | sort, us | hash | forward | backward | sum, ms | of kernels | by processor time | of module |");
        Line($"|---|---|---|---|---|---|---|---|---|---|---|---|---|");
        foreach (var f in result.Floors)
        {
            Line($"| {f.D} | {f.M} | {f.CycleNanoseconds:0.000} | {f.RowNanoseconds:0.00} | {f.WideRowNanoseconds:0.00} | {f.SortMicroseconds:0.0} | {f.Hash:0.00} | {f.Forward:0.00} | {f.Backward:0.00} | {f.Total:0.0} | {100 * result.FloorShare("yoso-kernels", f.D, f.M):0} % | {100 * result.FloorShare("yoso-kernels", f.D, f.M, cpu: true):0} % | {100 * result.FloorShare("yoso", f.D, f.M):0} % |");
        }

        Line($"");
    }

    private void Exponents()
    {
        Line($"## Growth: time = n^x, n = {Plan.ExponentFrom}..{Plan.Sizes[^1]}, tau = log2 n, d = {D}, m = {M}");
        Line($"");
        Line($"Least squares on log-log, 95 % interval.");
        Line($"");
        Line($"| implementation | operation | input | wall time | interval | processor time | interval |");
        Line($"|---|---|---|---|---|---|---|");
        foreach (var e in result.Exponents())
        {
            Line($"| {e.Implementation} | {e.Operation} | {e.Input} | {e.Wall.Exponent:0.00} | {e.Wall.Low:0.00} to {e.Wall.High:0.00} | {e.Cpu.Exponent:0.00} | {e.Cpu.Low:0.00} to {e.Cpu.High:0.00} |");
        }

        var floor = result.FloorExponent();
        Line($"| floor | forward+backward | random | {floor.Exponent:0.00} | {floor.Low:0.00} to {floor.High:0.00} | | |");
        Line($"");
        Line($"The floor's own growth is that of the machine's caches, of the hash (rotations = m / (d / tau), rounded up) and of nothing else: it is what a perfect kernel of this plan would show.");
        Line($"");
        Line($"| n | row of d, ns | row of 2 d, ns | floor, ms | bare kernels forward+backward, ms | floor / kernels |");
        Line($"|---|---|---|---|---|---|");
        foreach (var f in result.GrowthFloors)
        {
            var row = result.Row("yoso-kernels", "forward+backward", InputKind.Random, f.N, D, M, f.Tau)!;
            Line($"| {f.N} | {f.RowNanoseconds:0.00} | {f.WideRowNanoseconds:0.00} | {Digits(f.Total)} | {Cell(row)} | {100 * f.Total / row.Median:0} % |");
        }

        Line($"");
    }

    private void Skews()
    {
        Line($"## Buckets and bounded work");
        Line($"");
        Line($"pairs: keys a query meets in one hash. crowded: share of keys in buckets of more than four. The last columns: time over that of the random input, n = {Plan.Skewed}.");
        Line($"");
        Line($"| input | n | pairs | largest bucket | crowded | kernels forward | kernels forward+backward | module forward | module forward+backward |");
        Line($"|---|---|---|---|---|---|---|---|---|");
        foreach (var (input, n, skew) in result.Skews)
        {
            string Ratio(string implementation, string operation) => n == Plan.Skewed ? Number(result.SkewRatio(implementation, operation, input)) : "";
            Line($"| {input} | {n} | {skew.PairsPerQuery:0.0} | {skew.LargestBucket} | {100 * skew.CrowdedShare:0} % | {Ratio("yoso-kernels", "forward")} | {Ratio("yoso-kernels", "forward+backward")} | {Ratio("yoso", "forward")} | {Ratio("yoso", "forward+backward")} |");
        }

        Line($"");
        Line($"Scratch and saved codes, growth of resident memory: {string.Join(", ", result.Scratch.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Megabytes:0.0} MB at n = {s.N}")))}.");
    }

    private void AtLeast(string goal, double asked, double measured, string unit) => Goal(goal, "≥ ", asked, measured, unit, measured >= asked);

    private void AtMost(string goal, double asked, double measured, string unit) => Goal(goal, "≤ ", asked, measured, unit, measured <= asked);

    private void Goal(string goal, string sign, double asked, double measured, string unit, bool met) =>
        Line($"| {goal} | {sign}{asked}{unit} | {measured:0.##}{unit} | {(met ? "yes" : "**no**")} |");

    private static string Cell(BenchRow row) =>
        string.Create(CultureInfo.InvariantCulture, $"{Digits(row.Median)} ± {Digits(row.Spread / 2)} ({Digits(row.Cpu)})");

    private static string Digits(double ms) => ms.ToString(ms >= 100 ? "0" : ms >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    private static string Number(double? value) => value?.ToString("0.0", CultureInfo.InvariantCulture) ?? "unknown";

    private void Line(FormattableString text) => _text.Append(FormattableString.Invariant(text)).Append('\n');
}
