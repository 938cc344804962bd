// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Tables;

/// <summary>Which number of a run a table shows: GLUE, WikiHop and pre-training are scored on dev, as in the paper.</summary>
internal static class TableMetric
{
    /// <summary>The paper's metric of a task: perplexity of the masked language model, F1, Matthews' and Pearson's correlation, accuracy.</summary>
    public static string Of(string suite, string task) => (suite, task) switch
    {
        ("pretrain", _) => "perplexity",
        ("glue", "mrpc" or "qqp") => "f1",
        ("glue", "cola") => "mcc",
        ("glue", "sts-b") => "pearson",
        _ => "accuracy",
    };

    /// <summary>Shown below it.</summary>
    public static IReadOnlyList<string> Further(string suite, string task) => (suite, task) switch
    {
        ("pretrain", "bert") => ["sop-accuracy", "accuracy"],
        ("pretrain", _) => ["accuracy"],
        ("glue", "mnli") => ["accuracy-mm"],
        ("glue", "mrpc" or "qqp") => ["accuracy"],
        ("glue", "sts-b") => ["spearman"],
        _ => [],
    };

    public static string Split(string suite) => suite is "pretrain" or "glue" or "qa" ? "dev" : "test";

    /// <summary>Whether less is better.</summary>
    public static bool FallsWithQuality(string metric) => metric is "perplexity" or "loss";

    public static string Unit(string metric) => FallsWithQuality(metric) ? "" : " %";

    /// <summary>e.g. "test score in %".</summary>
    public static string Title(string suite) => suite == "pretrain" ? "perplexity of masked tokens on dev" : $"{Split(suite)} score in %";

    /// <summary>In words.</summary>
    public static string Name(string metric) => metric switch
    {
        "sop-accuracy" => "sentence order",
        "accuracy-mm" => "mismatched",
        "f1" => "F1",
        "mcc" => "Matthews' correlation",
        "pearson" => "Pearson's correlation",
        "spearman" => "Spearman's correlation",
        _ => metric,
    };
}
