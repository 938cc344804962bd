// SPDX-License-Identifier: MIT
using System.Globalization;
using System.Text;

namespace Yoso.Data.Glue;

/// <summary>Prediction files as gluebenchmark.com takes them: index and prediction, tab separated, one a task.</summary>
public static class GlueSubmission
{
    /// <summary>SST-2.tsv, MNLI-m.tsv, MNLI-mm.tsv, ...</summary>
    public static string FileName(GlueTask task, GlueSplit split) => (task, split) switch
    {
        (GlueTask.Mnli, GlueSplit.Test or GlueSplit.Dev) => "MNLI-m.tsv",
        (GlueTask.Mnli, GlueSplit.TestMismatched or GlueSplit.DevMismatched) => "MNLI-mm.tsv",
        _ => GlueTaskInfo.Of(task).Folder + ".tsv",
    };

    /// <summary>Writes folder/<see cref="FileName"/>, whole or not at all.</summary>
    /// <param name="predictions">In the order of the examples: class numbers, or scores for STS-B (cut to 0 .. 5).</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="ArgumentException">Not one prediction per example, or no class of the task.</exception>
    public static string Write(string folder, GlueExamples examples, ReadOnlySpan<float> predictions)
    {
        if (predictions.Length != examples.Examples.Count) throw new ArgumentException($"{predictions.Length} predictions for {examples.Examples.Count} examples", nameof(predictions));
        var info = GlueTaskInfo.Of(examples.Task);
        var text = new StringBuilder("index\tprediction\n");
        for (var i = 0; i < predictions.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{examples.Examples[i].Index}\t{Shown(info, predictions[i])}\n");
        }
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName(examples.Task, examples.Split));
        File.WriteAllText(path + ".partial", text.ToString());
        File.Move(path + ".partial", path, overwrite: true);
        return path;
    }

    private static string Shown(GlueTaskInfo info, float prediction)
    {
        if (!float.IsFinite(prediction)) throw new ArgumentException($"prediction {prediction} is not a number");
        if (info.IsRegression) return Math.Clamp(prediction, 0, 5).ToString("0.000", CultureInfo.InvariantCulture);
        return prediction >= 0 && prediction < info.Labels.Count && prediction == MathF.Floor(prediction)
            ? info.Labels[(int)prediction]
            : throw new ArgumentException($"prediction {prediction} is no class of {info.Folder}, 0 .. {info.Labels.Count - 1}");
    }
}
