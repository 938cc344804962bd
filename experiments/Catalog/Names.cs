// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Yoso.Experiments.Catalog;

/// <summary>
/// Every name a person can type: suites, tasks, models, scales. Also compiled into the build, which checks its options
/// against it before anything runs; that every name has a configuration is a test.
/// </summary>
internal static class Names
{
    /// <summary>The suites, in the order of the paper.</summary>
    public static IReadOnlyDictionary<string, SuiteNames> Suites { get; } = new Dictionary<string, SuiteNames>(StringComparer.Ordinal)
    {
        ["pretrain"] = new(
            Tasks: ["bert", "roberta"],
            Models:
            [
                "softmax", "yoso-e", "yoso-64", "yoso-32", "yoso-16", "bert-small", "yoso-v1-32-small", "yoso-v2-32-small", "softmax-4096", "yoso-32-4096",
            ],
            DefaultModels: ["softmax", "yoso-32"]),
        ["glue"] = new(
            Tasks: ["mrpc", "sst-2", "qnli", "qqp", "mnli", "cola", "rte", "sts-b"],
            Models:
            [
                "softmax", "yoso-e", "yoso-64", "yoso-32", "yoso-16", "bert-small", "yoso-v1-32-small", "yoso-v2-32-small",
                "softmax-scratch", "yoso-32-scratch", "roberta-softmax", "roberta-yoso-32",
                "softmax-imported", "yoso-32-imported", "bert-small-imported", "yoso-v1-32-small-imported", "roberta-softmax-imported", "roberta-yoso-32-imported",
            ],
            DefaultModels: ["softmax", "yoso-32", "softmax-scratch", "yoso-32-scratch"])
        {
            SampleTasks = ["mrpc", "sst-2"],
        },
        ["qa"] = new(
            Tasks: ["wikihop"],
            Models: ["softmax", "yoso-32", "softmax-scratch", "yoso-32-scratch", "softmax-imported", "yoso-32-imported"],
            DefaultModels: ["softmax", "yoso-32"])
        {
            SampleTasks = [],
        },
        ["lra"] = new(
            Tasks: ["listops", "text", "retrieval", "image", "pathfinder"],
            Models:
            [
                "none", "softmax", "yoso-e", "nystromformer", "longformer", "linformer", "reformer", "performer", "linear",
                "yoso-16", "yoso-32", "yoso-c-16", "yoso-c-32",
            ],
            DefaultModels: ["softmax", "yoso-32", "yoso-c-16"])
        {
            Protocols = ["paper", "clean"],
        },
    };

    /// <summary>The models of all suites.</summary>
    public static string[] Models { get; } = [.. Suites.Values.SelectMany(s => s.Models).Distinct()];

    private const string Step = "-step-";

    /// <summary>A model that starts from another job may name that one's step: "softmax-step-2000" starts from the checkpoint of step 2,000. Null for a name without.</summary>
    public static int? StartStep(string model) =>
        model.LastIndexOf(Step, StringComparison.Ordinal) is var at and > 0 && int.TryParse(model[(at + Step.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;

    public static string WithoutStep(string model) => StartStep(model) is null ? model : model[..model.LastIndexOf(Step, StringComparison.Ordinal)];

    /// <summary>The protocols of all suites; a suite that lacks one keeps the paper's.</summary>
    public static string[] Protocols { get; } = ["paper", "clean"];

    public static string[] Scales { get; } = ["smoke", "nightly", "paper"];

    public static string[] Devices { get; } = ["auto", "cpu", "cuda"];
}

/// <summary>What a suite's cells are called.</summary>
/// <param name="Tasks">In the order of the paper's tables.</param>
/// <param name="Models">Rows of its table, upstream's spelling.</param>
/// <param name="DefaultModels">Those that run when none is named.</param>
internal sealed record SuiteNames(string[] Tasks, string[] Models, string[] DefaultModels)
{
    /// <summary>"paper": upstream's evaluation rules; "clean": without their shortcuts.</summary>
    public string[] Protocols { get; init; } = ["paper"];

    /// <summary>The tasks that run below paper scale, where data comes from the sample pack; null for all.</summary>
    public string[]? SampleTasks { get; init; }

    /// <summary>The tasks of a selection that names none.</summary>
    public string[] TasksAt(string scale) => scale == "paper" ? Tasks : SampleTasks ?? Tasks;
}
