// SPDX-License-Identifier: MIT
using Yoso.Reports.Records;

namespace Yoso.Reports.Tests.Tables;

/// <summary>Pre-training and GLUE in the report: their own metrics, on dev, beside what the paper prints.</summary>
public sealed class GlueTableTests
{
    [Fact]
    public void Glue_ShowsEachTasksMetric_WithFurtherOnes_AndWhatPreTrainingGave()
    {
        var markdown = Markdown(
            Glue("mrpc", "yoso-32", ("f1", 80.5), ("accuracy", 72.25)), Glue("mrpc", "yoso-32-scratch", ("f1", 70.0), ("accuracy", 60.0)),
            Glue("mnli", "yoso-32", ("accuracy", 50.0), ("accuracy-mm", 51.5)), Glue("sts-b", "yoso-32", ("pearson", 41.0), ("spearman", 40.0)));

        Assert.Contains("GLUE, smoke scale: dev score in %", markdown, StringComparison.Ordinal);
        Assert.Contains("80.50", markdown, StringComparison.Ordinal);
        Assert.Contains("accuracy 72.25 %", markdown, StringComparison.Ordinal);
        Assert.Contains("pre-training gives +10.50 points over random weights", markdown, StringComparison.Ordinal);
        Assert.Contains("yoso-32, not pre-trained", markdown, StringComparison.Ordinal);
        Assert.Contains("mismatched 51.50 % (paper: 80.7 remembered)", markdown, StringComparison.Ordinal);
        Assert.Contains("Spearman's correlation 40.00 %", markdown, StringComparison.Ordinal);
        Assert.Contains("MRPC (smoke): best is yoso-32 with 80.50 %", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Glue_NamesImportedWeights_BelowTheirModel()
    {
        string[] models = ["yoso-v1-32-small-imported", "yoso-32-scratch", "roberta-yoso-32-imported", "yoso-32", "softmax-imported", "yoso-32-imported", "softmax", "roberta-yoso-32", "yoso-v1-32-small", "softmax-step-2000"];

        var markdown = Markdown([.. models.Select(m => Glue("mrpc", m, ("f1", 80.5), ("accuracy", 72.25)))]);

        var rows = markdown[markdown.IndexOf("GLUE, smoke scale", StringComparison.Ordinal)..].Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal)).Select(l => l.Split('|')[1].Trim()).Where(n => n.Contains("yoso", StringComparison.Ordinal) || n.StartsWith("softmax", StringComparison.Ordinal)).Distinct().Take(10);
        Assert.Equal(
            [
                "softmax", "softmax, imported weights", "softmax, from step 2,000", "yoso-32", "yoso-32, imported weights", "yoso-32, not pre-trained", "roberta-yoso-32", "roberta-yoso-32, imported weights",
                "yoso-v1-32-small", "yoso-v1-32-small, imported weights",
            ],
            rows);
    }

    [Fact]
    public void Pretraining_ShowsPerplexity_TheLowestFirst()
    {
        var markdown = Markdown(
            Pretraining("softmax", 700, 58), Pretraining("yoso-32", 650.5, 57), Record("pretrain", "roberta", "softmax", ("perplexity", 900), ("accuracy", 3)));

        Assert.Contains("Pre-training, smoke scale: perplexity of masked tokens on dev", markdown, StringComparison.Ordinal);
        Assert.Contains("BERT (smoke): best is yoso-32 with 650.50 perplexity.", markdown, StringComparison.Ordinal);
        Assert.Contains("sentence order 58.00 % (paper: 94.2 remembered)", markdown, StringComparison.Ordinal);
        Assert.Contains("4.65", markdown, StringComparison.Ordinal);
    }

    [Fact]
    public void Baseline_OnDev_IsHeldAgainstGlue()
    {
        var run = Glue("sst-2", "softmax", ("accuracy", 80)) with { Baselines = [new BaselineResult("majority-class", "dev", "accuracy", 50, 600)] };

        var markdown = Markdown(run);

        Assert.Contains("above the majority class (50.00", markdown, StringComparison.Ordinal);
        Assert.Contains("600 dev examples", markdown, StringComparison.Ordinal);
    }

    private static string Markdown(params RunRecord[] runs) => Report.Files(new ReportInput { Runs = runs, GeneratedAt = Records.Morning, Commit = "0123456789abcdef" })["report.md"];

    private static RunRecord Glue(string task, string model, params (string Metric, double Value)[] results) => Record("glue", task, model, results);

    private static RunRecord Pretraining(string model, double perplexity, double sentenceOrder) =>
        Record("pretrain", "bert", model, ("perplexity", perplexity), ("accuracy", 5), ("sop-accuracy", sentenceOrder));

    private static RunRecord Record(string suite, string task, string model, params (string Metric, double Value)[] results)
    {
        var run = Records.Run(task, model, kind: "sample");
        return run with { Job = run.Job with { Suite = suite }, Baselines = [], Results = [.. results.Select(r => new MetricResult("dev", r.Metric, r.Value, 600)), new("dev", "loss", 2, 600)] };
    }
}
