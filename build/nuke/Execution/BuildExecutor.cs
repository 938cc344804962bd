// SPDX-License-Identifier: MIT
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>Stops the build; what happened is already in the log.</summary>
public class TargetExecutionException(string targetName, Exception inner) : Exception($"Target '{targetName}' has failed", inner);

/// <summary>Runs the plan: skips, conditions, requirements, actions, and what is owed after a failure.</summary>
internal static class BuildExecutor
{
    public static void Execute(NukeBuild build, string[] skipped)
    {
        var plan = build.ExecutionPlan;
        if (skipped != null)
        {
            var names = skipped.Select(CommandLine.Normalize).ToHashSet(StringComparer.OrdinalIgnoreCase);
            plan.Where(t => names.Count == 0 || names.Contains(t.Name)).ToList().ForEach(t => Skip(build, t, "via parameter"));
        }

        foreach (var target in plan)
        {
            CheckConditions(build, target, target.Definition.StaticConditions);
        }

        RequirementCheck.Run(plan.Where(t => t.Status == ExecutionStatus.Scheduled));
        var attempt = BuildAttempt.Start(build.Continue);
        try
        {
            foreach (var target in plan)
            {
                Run(build, target, attempt, failureMode: false);
            }
        }
        catch
        {
            foreach (var target in plan.Where(t => t.Definition.IsAssuredAfterFailure && t.Status == ExecutionStatus.Scheduled).ToList())
            {
                Run(build, target, attempt, failureMode: true);
            }

            throw;
        }
    }

    private static void Run(NukeBuild build, ExecutableTarget target, BuildAttempt attempt, bool failureMode)
    {
        if (Invocation.Current.IsCancelled && !failureMode)
        {
            throw new TargetExecutionException(target.Name, new OperationCanceledException());
        }

        if (target.Status == ExecutionStatus.Skipped || attempt.HasFinished(target) || CheckConditions(build, target, target.Definition.DynamicConditions))
        {
            target.Status = ExecutionStatus.Skipped;
            return;
        }

        if (target.Definition.Actions.Count == 0)
        {
            target.Status = ExecutionStatus.Collective;
            return;
        }

        BuildOutput.WriteBanner(target.Name);
        target.Stopwatch.Start();
        target.Status = ExecutionStatus.Running;
        try
        {
            target.Definition.Actions.ForEach(action => action());
            target.Stopwatch.Stop();
            target.Status = ExecutionStatus.Succeeded;
            attempt.Add(target);
        }
        catch (Exception exception)
        {
            target.Stopwatch.Stop();
            if (Invocation.Current.IsCancelled)
            {
                target.Status = ExecutionStatus.Aborted;
                throw new TargetExecutionException(target.Name, exception);
            }

            // The package prints the stack trace here; a user of this build is better served by the message.
            Log.Error("Target {TargetName:l} has thrown an exception: {Message:l}", target.Name, exception.Message);
            Log.Verbose(exception, "Where it was thrown");
            target.SummaryInformation.TryAdd(exception.GetType().Name, exception.Message.Split('\n')[0].TrimEnd());
            target.Status = ExecutionStatus.Failed;
            if (!target.Definition.IsProceedAfterFailure && !failureMode)
            {
                throw new TargetExecutionException(target.Name, exception);
            }
        }
    }

    private static bool CheckConditions(NukeBuild build, ExecutableTarget target, List<(Func<bool> IsMet, string Text)> conditions)
    {
        try
        {
            var unmet = conditions.Where(c => !c.IsMet()).Select(c => c.Text).ToList();
            if (unmet.Count > 0)
            {
                target.OnlyWhen = string.Join(" && ", unmet);
                Skip(build, target, null);
            }
        }
        catch (Exception exception)
        {
            Log.Error("A condition of {TargetName:l} has thrown an exception: {Message:l}", target.Name, exception.Message);
            throw new TargetExecutionException(target.Name, exception);
        }

        return target.OnlyWhen != null;
    }

    /// <summary>Skips a target, and the dependencies and triggers that nothing else scheduled needs. One named by the caller loses only those.</summary>
    private static void Skip(NukeBuild build, ExecutableTarget target, string reason)
    {
        if (target.Status != ExecutionStatus.Scheduled)
        {
            return;
        }

        if (!target.Invoked)
        {
            target.Status = ExecutionStatus.Skipped;
            target.SkipReason ??= reason;
        }

        if (target.Definition.WhenSkippedBehavior == DependencyBehavior.Execute)
        {
            return;
        }

        var others = build.ExecutionPlan.Where(t => t != target && t.Status == ExecutionStatus.Scheduled).ToList();
        target.ExecutionDependencies.Concat(target.Triggers)
            .Where(d => !others.Any(o => o.ExecutionDependencies.Contains(d) || o.Triggers.Contains(d))).ToList()
            .ForEach(d => Skip(build, d, $"because of {target.Name}"));
    }
}
