// SPDX-License-Identifier: MIT
using Yoso.Experiments.Catalog;

namespace Yoso.Experiments.Runs;

/// <summary>Jobs that start from an earlier checkpoint of another one ("softmax-step-2000"): what is wrong with that, in one line each.</summary>
internal static class KeptCheckpoints
{
    /// <summary>Null for a job without a step in its name, and for one whose step the needed job has.</summary>
    public static string? Problem(Job job)
    {
        if (Names.StartStep(job.Model) is not { } step)
        {
            return null;
        }

        if ((job with { Model = Names.WithoutStep(job.Model) }).Needs is not [var needed, ..] || needed.Configuration is not { CheckpointInterval: { } every } training)
        {
            return $"{job.Name}: {Names.WithoutStep(job.Model)} does not start from a job of ours, so there is no step to choose";
        }

        return step > 0 && step <= training.PlannedSteps && (step % every == 0 || step == training.PlannedSteps) ? null
            : $"{job.Name}: {needed.Name} has checkpoints every {every} steps up to {training.PlannedSteps} at {job.Scale} scale, none of step {step}";
    }

    /// <summary>Of a finished needed job that did not keep the checkpoint.</summary>
    public static string Missing(Job job, RunFolder needed)
    {
        var kept = needed.Checkpoints.KeptSteps;
        return $"{job.Needs[0]} kept no checkpoint of step {job.Configuration.StartStep}"
            + (kept.Count == 0 ? "" : $" (kept: {string.Join(", ", kept)})") + "; run it with --keep-checkpoints all and another --output, or remove its folder first";
    }

    /// <summary>A job of the plan that starts from a checkpoint which a needed job of the same plan would not keep; null for none.</summary>
    public static string? Lost(IReadOnlyList<PlannedJob> open, CheckpointKeeping keep)
    {
        foreach (var job in open.Select(p => p.Job).Where(j => j.Configuration.StartStep is not null))
        {
            var (needed, step) = (job.Needs[0], job.Configuration.StartStep!.Value);
            var (every, last) = (needed.Configuration.CheckpointInterval!.Value, needed.Configuration.PlannedSteps);
            var newer = ((last + every - 1) / every) - ((step + every - 1) / every);
            if (newer >= keep.Newest && open.Any(p => p.Job == needed))
            {
                return $"{job.Name} starts from step {step} of {needed.Name}, which has not run yet: add --keep-checkpoints all";
            }
        }

        return null;
    }
}
