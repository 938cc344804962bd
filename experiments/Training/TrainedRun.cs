// SPDX-License-Identifier: MIT
using Yoso.Experiments.Runs;
using Yoso.Models.WeightFiles;

namespace Yoso.Experiments.Training;

/// <summary>What every trained run does: the loop with checkpoints in the run's folder, then its metric rows and weights as files.</summary>
internal static class TrainedRun
{
    public static TrainingResult Train(RunContext context, TrainingOptions options, ITrainingTask task, CancellationToken cancellationToken, string? finalSplit = "test", bool checkpointEvaluations = false)
    {
        var trainer = new Trainer(options, task, context.Folder.Checkpoints, context.Events, context.Time)
        {
            CheckpointSeconds = context.CheckpointSeconds, CheckpointEvaluations = checkpointEvaluations, FinalSplit = finalSplit,
        };
        var result = trainer.Run(cancellationToken);
        AtomicFile.WriteText(context.Folder.Metrics, trainer.Metrics.ToText());
        AtomicFile.Write(context.Folder.Weights, stream => SafeTensors.Write(stream, task.Model));
        return result;
    }
}
