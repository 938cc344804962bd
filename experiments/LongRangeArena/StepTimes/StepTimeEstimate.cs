// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>Seconds of a whole run at paper scale with its evaluations.</summary>
/// <param name="Model">Whose step was measured: the run's own model, or its nearest relative.</param>
internal sealed record StepTimeEstimate(double Seconds, string Model)
{
    /// <summary>
    /// The models whose step stands in for one that was not measured, nearest first: the same mechanism with another number of hashes or without the
    /// convolution; of equal order of cost in the length; softmax for all, which is an upper bound on the long tasks.
    /// </summary>
    private static readonly Dictionary<string, string[]> Relatives = new(StringComparer.Ordinal)
    {
        ["none"] = ["linear", "yoso-16", "softmax"],
        ["softmax"] = ["yoso-e"],
        ["yoso-e"] = ["softmax"],
        ["yoso-16"] = ["yoso-c-16", "yoso-32", "softmax"],
        ["yoso-32"] = ["yoso-c-32", "yoso-16", "softmax"],
        ["yoso-c-16"] = ["yoso-16", "yoso-32", "softmax"],
        ["yoso-c-32"] = ["yoso-32", "yoso-c-16", "yoso-16", "softmax"],
        ["linear"] = ["performer", "linformer", "nystromformer", "softmax"],
        ["linformer"] = ["nystromformer", "performer", "softmax"],
        ["nystromformer"] = ["linformer", "performer", "softmax"],
        ["performer"] = ["linformer", "nystromformer", "softmax"],
        ["longformer"] = ["reformer", "softmax"],
        ["reformer"] = ["longformer", "softmax"],
    };

    /// <summary>By this machine's measurement where it has the model's own step, then by the committed one, then by the nearest relative's; null where nothing serves.</summary>
    public static StepTimeEstimate? Of(LraRun run, params StepTimeTable?[] tables)
    {
        if (run.Scale != "paper")
        {
            return null;
        }

        var row = ((string[])[run.Model, .. Relatives.GetValueOrDefault(run.Model, [])])
            .SelectMany(model => tables.Select(t => t?.Row(run.Task, model)))
            .FirstOrDefault(r => r is not null);
        return row is null ? null : new StepTimeEstimate(WholeRun(run, row), row.Model);
    }

    private static double WholeRun(LraRun run, StepTime row)
    {
        var training = run.Training;
        var (dev, test) = run.Data.HeldOut;
        var evaluations = (training.Steps + training.EvaluateEvery - 1) / training.EvaluateEvery;
        var devBatches = Math.Min(run.Protocol.DevBatches ?? int.MaxValue, dev / training.BatchSize);
        return (training.Steps * row.SecondsPerStep) + (((double)evaluations * devBatches) + (test / training.BatchSize)) * row.SecondsPerEvaluationBatch;
    }
}
