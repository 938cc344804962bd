// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Experiments.Pretraining.Throughput;

/// <summary>pretraining-cpu.md.</summary>
internal static class ThroughputMarkdown
{
    /// <summary>What the whole step is asked for at 4096 tokens.</summary>
    public const double Goal = 2;

    public static string Text(ThroughputResult result)
    {
        var text = new StringBuilder();
        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
        Line($"# Pre-training on the CPU: tokens per second");
        Line($"");
        Line($"{result.Measured}, {result.Cpu}, {result.Threads} threads, commit {result.Commit}; load average at the start {result.LoadAverage}.");
        Line($"Command: `{result.Command}`. Whole training steps of about 4,096 tokens: examples, forward, backward, AdamW; 4 layers, dim 512, 8 heads, hidden 2048, 30,000 tokens.");
        Line($"The two models take turns step by step. In brackets: by processor time / threads, which other programs disturb less.");
        Line($"");
        Line($"| length | precision | softmax, tokens/s | yoso-32, tokens/s | yoso-32 / softmax |");
        Line($"|---|---|---|---|---|");
        foreach (var pair in result.Rows.GroupBy(r => (r.Length, r.Precision)))
        {
            var (softmax, yoso) = (pair.Single(r => r.Model == "bert-small"), pair.Single(r => r.Model != "bert-small"));
            Line($"| {pair.Key.Length} | {pair.Key.Precision} | {Speed(softmax)} | {Speed(yoso)} | {yoso.TokensPerSecond / softmax.TokensPerSecond:0.00} ({yoso.CpuTokensPerSecond / softmax.CpuTokensPerSecond:0.00}) |");
        }

        foreach (var pair in result.Rows.Where(r => r.Length == 4096).GroupBy(r => r.Precision))
        {
            var (softmax, yoso) = (pair.Single(r => r.Model == "bert-small"), pair.Single(r => r.Model != "bert-small"));
            var ratio = yoso.CpuTokensPerSecond / softmax.CpuTokensPerSecond;
            Line($"");
            Line($"Goal at 4096, {pair.Key}: at least {Goal:0} times as fast by processor time; measured {ratio:0.00}: {(ratio >= Goal ? "met" : "**missed**")}.");
        }

        return text.ToString();
    }

    private static string Speed(ThroughputRow row) => string.Create(
        CultureInfo.InvariantCulture, $"{row.TokensPerSecond:#,0} ({row.CpuTokensPerSecond:#,0}); {row.Milliseconds:#,0} ± {row.Quartiles:#,0} ms a step");
}
