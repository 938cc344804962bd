// SPDX-License-Identifier: MIT
namespace Yoso.Data.Glue;

/// <summary>Which columns of a file hold the index, the texts and the label.</summary>
/// <param name="Index">-1 where the file has none.</param>
/// <param name="Second">-1 for tasks of one text.</param>
/// <param name="Label">-1 in test files.</param>
/// <param name="Count">Columns that every row must have.</param>
internal readonly record struct GlueColumns(int Index, int First, int Second, int Label, int Count)
{
    /// <summary>CoLA's train and dev have no header: source, label, the author's mark, sentence.</summary>
    internal static GlueColumns OfColaWithoutHeader { get; } = new(-1, 3, -1, 1, 4);

    internal static bool HasHeader(GlueTask task, GlueSplit split) => task != GlueTask.Cola || split == GlueSplit.Test;

    /// <exception cref="DataFormatException">The header is not the one of this task.</exception>
    internal static GlueColumns FromHeader(GlueTask task, GlueSplit split, IReadOnlyList<string> header, string path)
    {
        var (first, second, label) = Names(task);
        var labelled = split is GlueSplit.Train or GlueSplit.Dev or GlueSplit.DevMismatched;
        // MNLI's dev files have five annotators' labels before the one that counts.
        return new(
            Find("index", required: !labelled),
            Find(first, required: true),
            second is null ? -1 : Find(second, required: true),
            labelled ? Find(label, required: true) : -1,
            header.Count);

        int Find(string name, bool required)
        {
            for (var i = 0; i < header.Count; i++)
            {
                if (header[i].Trim() == name || (name == "index" && task == GlueTask.Qqp && !labelled && header[i].Trim() == "id")) return i;
            }
            if (!required) return -1;
            var shown = string.Join(", ", header.Take(12).Select(h => h.Length > 24 ? h[..24] + "..." : h));
            throw DataFormatException.At(path, 1, 1, $"the header has no column '{name}' (it has: {shown}); this is not {GlueTaskInfo.Of(task).Folder}'s {split switch
            {
                GlueSplit.Train => "train",
                GlueSplit.Dev or GlueSplit.DevMismatched => "dev",
                _ => "test",
            }} file of GLUE");
        }
    }

    private static (string First, string? Second, string Label) Names(GlueTask task) => task switch
    {
        GlueTask.Sst2 => ("sentence", null, "label"),
        GlueTask.Mrpc => ("#1 String", "#2 String", "Quality"),
        GlueTask.Qnli => ("question", "sentence", "label"),
        GlueTask.Qqp => ("question1", "question2", "is_duplicate"),
        GlueTask.Mnli => ("sentence1", "sentence2", "gold_label"),
        GlueTask.Cola => ("sentence", null, "label"),
        GlueTask.Rte => ("sentence1", "sentence2", "label"),
        GlueTask.Stsb => ("sentence1", "sentence2", "score"),
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, null),
    };
}
