// SPDX-License-Identifier: MIT
namespace Yoso.Reports.Tables;

/// <summary>The order of rows, columns and scales in the paper's tables; unknown names come last, by name.</summary>
internal static class PaperOrder
{
    private static readonly string[] Scales = ["paper", "nightly", "smoke"];
    private static readonly string[] Suites = ["pretrain", "glue", "qa", "lra"];
    private static readonly string[] Tasks = ["bert", "roberta", "mrpc", "sst-2", "qnli", "qqp", "mnli", "cola", "rte", "sts-b", "wikihop", "listops", "text", "retrieval", "image", "pathfinder"];
    private static readonly string[] Starts = ["-imported", "-scratch"];
    private static readonly string[] Models =
    [
        "none", "softmax", "roberta-softmax", "bert-small", "yoso-e", "nystromformer", "longformer", "linformer", "reformer", "performer", "linear",
        "yoso-16", "yoso-32", "roberta-yoso-32", "yoso-v1-32-small", "yoso-v2-32-small", "yoso-64", "yoso-c-16", "yoso-c-32",
    ];

    public static (int, string) Scale(string name) => Of(Scales, name);

    public static (int, string) Protocol(string name) => Of(["paper"], name);

    public static (int, string) Suite(string name) => Of(Suites, name);

    public static (int, string) Task(string name) => Of(Tasks, name);

    /// <summary>A model's other starts follow it: from imported weights, from random ones, then from earlier steps of its pre-training.</summary>
    public static (int, string) Model(string name)
    {
        var start = Show.StepSuffix.Match(name) is { Success: true } step ? step.Value : Starts.FirstOrDefault(s => name.EndsWith(s, StringComparison.Ordinal)) ?? "";
        return Of(Models, name[..^start.Length]) is (var at, "") ? (at, start) : (Models.Length, name);
    }

    private static (int, string) Of(string[] known, string name) => Array.IndexOf(known, name) is >= 0 and var at ? (at, "") : (known.Length, name);
}
