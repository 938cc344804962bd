// SPDX-License-Identifier: MIT
namespace Yoso.Data.Glue;

/// <summary>The eight GLUE tasks (Wang et al., ICLR 2019) that have a training set large enough to compare models on; WNLI and the diagnostic set are left out.</summary>
public enum GlueTask
{
    Sst2,
    Mrpc,
    Qnli,
    Qqp,
    Mnli,
    Cola,
    Rte,
    Stsb,
}

/// <summary>The parts of a task; the mismatched ones exist for MNLI only.</summary>
public enum GlueSplit
{
    Train,
    Dev,
    Test,
    DevMismatched,
    TestMismatched,
}

/// <summary>What a task is: its files, labels, metrics and name in a submission.</summary>
/// <param name="Folder">As in GLUE's archives: SST-2, MRPC, ...</param>
/// <param name="IsPair">Two texts per example.</param>
/// <param name="Labels">As in the files, in the order of the class numbers; empty for a score (STS-B).</param>
/// <param name="Metrics">The first one decides between checkpoints.</param>
/// <param name="PublishedCounts">Rows of train and dev as generally stated: a notice, never an error, when they differ.</param>
public sealed record GlueTaskInfo(
    GlueTask Task, string Folder, bool IsPair, IReadOnlyList<string> Labels, IReadOnlyList<GlueMetric> Metrics, (int Train, int Dev) PublishedCounts)
{
    private static readonly string[] Binary = ["0", "1"];
    private static readonly string[] Entailment = ["entailment", "not_entailment"];

    public static IReadOnlyList<GlueTaskInfo> All { get; } =
    [
        new(GlueTask.Sst2, "SST-2", false, Binary, [GlueMetric.Accuracy], (67_349, 872)),
        new(GlueTask.Mrpc, "MRPC", true, Binary, [GlueMetric.F1, GlueMetric.Accuracy], (3_668, 408)),
        new(GlueTask.Qnli, "QNLI", true, Entailment, [GlueMetric.Accuracy], (104_743, 5_463)),
        new(GlueTask.Qqp, "QQP", true, Binary, [GlueMetric.F1, GlueMetric.Accuracy], (363_846, 40_430)),
        new(GlueTask.Mnli, "MNLI", true, ["contradiction", "entailment", "neutral"], [GlueMetric.Accuracy], (392_702, 9_815)),
        new(GlueTask.Cola, "CoLA", false, Binary, [GlueMetric.Matthews], (8_551, 1_043)),
        new(GlueTask.Rte, "RTE", true, Entailment, [GlueMetric.Accuracy], (2_490, 277)),
        new(GlueTask.Stsb, "STS-B", true, [], [GlueMetric.Pearson, GlueMetric.Spearman], (5_749, 1_500)),
    ];

    /// <summary>The name a person types: sst-2, mrpc, qnli, qqp, mnli, cola, rte, sts-b.</summary>
    public string Name => Folder.ToLowerInvariant();

    /// <summary>A score from 0 to 5 instead of classes: the model has one output.</summary>
    public bool IsRegression => Labels.Count == 0;

    /// <summary>Outputs of a classifier: the classes, or 1.</summary>
    public int OutputCount => IsRegression ? 1 : Labels.Count;

    /// <summary>The splits that are scored with labels.</summary>
    public IReadOnlyList<GlueSplit> DevSplits => Task == GlueTask.Mnli ? [GlueSplit.Dev, GlueSplit.DevMismatched] : [GlueSplit.Dev];

    /// <summary>The splits whose labels GLUE's server keeps.</summary>
    public IReadOnlyList<GlueSplit> TestSplits => Task == GlueTask.Mnli ? [GlueSplit.Test, GlueSplit.TestMismatched] : [GlueSplit.Test];

    public static GlueTaskInfo Of(GlueTask task) => All[(int)task];

    /// <summary>By <see cref="Name"/> or without its hyphen, in any case; null if there is none.</summary>
    public static GlueTaskInfo? Find(string name) =>
        All.FirstOrDefault(t => string.Equals(t.Name.Replace("-", "", StringComparison.Ordinal), name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));

    /// <summary>train.tsv, dev.tsv, test.tsv; MNLI's are dev_matched.tsv, dev_mismatched.tsv and so on.</summary>
    /// <exception cref="ArgumentException">The task has no such split.</exception>
    public string FileName(GlueSplit split) => (split, Task == GlueTask.Mnli) switch
    {
        (GlueSplit.Train, _) => "train.tsv",
        (GlueSplit.Dev, true) => "dev_matched.tsv",
        (GlueSplit.Dev, false) => "dev.tsv",
        (GlueSplit.Test, true) => "test_matched.tsv",
        (GlueSplit.Test, false) => "test.tsv",
        (GlueSplit.DevMismatched, true) => "dev_mismatched.tsv",
        (GlueSplit.TestMismatched, true) => "test_mismatched.tsv",
        _ => throw new ArgumentException($"{Folder} has no split {split}; only MNLI has mismatched ones", nameof(split)),
    };
}

/// <summary>One row.</summary>
/// <param name="Index">The number in the file where it has one (test files do), else the row's number; from 0.</param>
/// <param name="Second">Null for tasks of one text.</param>
/// <param name="Target">The class number, or the score of STS-B; null in test files.</param>
public sealed record GlueExample(int Index, string First, string? Second, float? Target)
{
    /// <summary>The class number.</summary>
    /// <exception cref="InvalidOperationException">The row has no label.</exception>
    public int Label => (int)(Target ?? throw new InvalidOperationException($"row {Index} has no label"));
}

/// <summary>A row that was left out.</summary>
/// <param name="Line">From 1.</param>
public sealed record GlueBadRow(long Line, string Reason);

/// <summary>A file as read.</summary>
/// <param name="Digest">SHA-256 over indices, texts and targets: what a run key needs. White space at line ends and left-out rows are not in it.</param>
public sealed record GlueExamples(GlueTask Task, GlueSplit Split, string Path, IReadOnlyList<GlueExample> Examples, IReadOnlyList<GlueBadRow> BadRows, string Digest)
{
    /// <summary>One line about the left-out rows, with the first three; null if there are none.</summary>
    public string? Notice => BadRows.Count == 0
        ? null
        : $"{Path}: {BadRows.Count} of {Examples.Count + BadRows.Count} rows left out ({string.Join("; ", BadRows.Take(3).Select(r => $"line {r.Line}: {r.Reason}"))}{(BadRows.Count > 3 ? "; ..." : "")})";
}
