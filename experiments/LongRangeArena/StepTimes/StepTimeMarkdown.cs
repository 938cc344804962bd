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

        Line($"One step = forward, backward and optimizer on a batch of upstream's size; median of the steps measured. Evaluation = one batch of the same size.");
        Line($"Processor time is that of all threads. Whole run = upstream's steps with its evaluations, each dev example at most once an evaluation.");
        Line($"\"torch\" = the same model in plain TorchSharp: padded batches, scaled_dot_product_attention without dropped weights, its own layers, as many threads.");
        Line($"The last two columns say how many times as fast a step is as that of softmax. Peak memory of the whole benchmark: {table.PeakMemoryBytes / 1e6:0} MB.");
        Line($"");
        Line($"| task | data | batch | tokens a step | model | steps | s a step | processor s | tokens/s | s an evaluation batch | waiting for data | whole run | against TorchSharp's softmax | against our own softmax |");
        Line($"|---|---|--:|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
        foreach (var r in table.Rows)
        {
            var isTorch = r.Implementation == StepTime.Torch;
            var hours = isTorch ? "" : string.Create(CultureInfo.InvariantCulture, $"{StepTimeEstimate.Of(LraConfigurations.Resolve(r.Task, r.Model, "paper"), table)!.Seconds / 3600:0.0} h");
            Line($"| {r.Task} | {r.Data} | {r.BatchSize} | {r.TokensPerStep:#,0} | {r.Model}{(isTorch ? " (torch)" : "")} | {r.Steps} | {r.SecondsPerStep:0.000} | {r.CpuSecondsPerStep:0.000} | {r.TokensPerSecond:#,0} | {r.SecondsPerEvaluationBatch:0.000} | {100 * r.WaitShare:0.0} % | {hours} | {Ratio(table, r, StepTime.Torch)} | {Ratio(table, r, StepTime.Fused)} |");
        }

        return text.ToString();
    }

    private static string Ratio(StepTimeTable table, StepTime row, string implementation) => table.Row(row.Task, "softmax", implementation) is { } softmax
        ? string.Create(CultureInfo.InvariantCulture, $"{softmax.SecondsPerStep / row.SecondsPerStep:0.0} x")
        : "";
}
