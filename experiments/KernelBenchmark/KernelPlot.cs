// SPDX-License-Identifier: MIT
using Yoso.Reports.Figures;

namespace Yoso.Experiments.KernelBenchmark;

/// <summary>kernels-cpu.svg: time against n, softmax and YOSO, forward dashed.</summary>
internal static class KernelPlot
{
    public static string Svg(BenchResult result)
    {
        var lines = new List<LogLogLine>();
        foreach (var (operation, suffix) in ((string, string)[])[("forward+backward", ""), ("forward", " dashed")])
        {
            Add("softmax (sdpa)", "line-1", n => result.Sdpa(operation, InputKind.Random, n, result.D));
            Add("YOSO clustered", "line-2", n => result.Yoso("yoso", operation, InputKind.Clustered, n, result.D, result.M)!);
            Add("YOSO random", "line-0", n => result.Yoso("yoso", operation, InputKind.Random, n, result.D, result.M)!);

            void Add(string name, string css, Func<int, BenchRow> row) =>
                lines.Add(new LogLogLine(suffix.Length == 0 ? name : name + ", fwd", css + suffix, [.. result.Plan.Sizes.Select(n => ((double)n, row(n).Median))]));
        }

        var machine = result.Machine;
        return MeasurementFigures.LogLog(lines, $"Attention, d = {result.D}, m = {result.M}, {machine.Threads} threads ({machine.Cpu.Split(',')[0]})", "tokens n", "ms");
    }
}
