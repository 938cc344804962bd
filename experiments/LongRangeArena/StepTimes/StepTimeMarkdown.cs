// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>lra-steps.md: the table as a page.</summary>
internal static class StepTimeMarkdown
{
    public static string Text(StepTimeTable table)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Long Range Arena: time of a step at paper scale");
        Line($"");
        Line($"{table.MeasuredAt:yyyy-MM-dd}, {table.Cpu}, {table.Threads} threads, {table.CpuKernels} kernels. `{table.Command}`");
        Line($"");
        if (table.Warning is { } warning)
        {
            Line($"**{char.ToUpperInvariant(warning[0])}{warning[1..]}.**");
            Line($"");
        }

        Line($"One step = forward, backward and optimizer on a batch of upstream's size; median. Evaluation = one batch of the same size. Processor time is");
        Line($"that of all threads. Whole run = upstream's steps with its evaluations, each dev example at most once an evaluation. Peak memory of the");
        Line($"whole benchmark: {table.PeakMemoryBytes / 1e6:0} MB.");
        Line($"");
        Line($"| task | data | batch | tokens a step | model | s a step | processor s | tokens/s | s an evaluation batch | waiting for data | whole run |");
        Line($"|---|---|--:|--:|---|--:|--:|--:|--:|--:|--:|");
        foreach (var r in table.Rows)
        {
            var hours = table.Estimate(LraConfigurations.Resolve(r.Task, r.Model, "paper"))!.Value / 3600;
            Line($"| {r.Task} | {r.Data} | {r.BatchSize} | {r.TokensPerStep:#,0} | {r.Model} | {r.SecondsPerStep:0.000} | {r.CpuSecondsPerStep:0.000} | {r.TokensPerSecond:#,0} | {r.SecondsPerEvaluationBatch:0.000} | {100 * r.WaitShare:0.0} % | {hours:0.0} h |");
        }

        return text.ToString();
    }
}
