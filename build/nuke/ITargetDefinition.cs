// SPDX-License-Identifier: MIT
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Nuke.Common.Execution;

namespace Nuke.Common;

/// <summary>A target is a property of this type: <c>Target Compile => _ => _.DependsOn(Restore).Executes(...)</c>.</summary>
public delegate ITargetDefinition Target(ITargetDefinition definition);

/// <summary>What becomes of the dependencies of a skipped target.</summary>
public enum DependencyBehavior
{
    Execute,
    Skip,
}

public interface ITargetDefinition
{
    ITargetDefinition Description(string description);

    /// <summary>Hidden from the help text, still callable.</summary>
    ITargetDefinition Unlisted();

    ITargetDefinition Executes(params Action[] actions);

    /// <summary>The result is discarded and a returned task is not awaited.</summary>
    ITargetDefinition Executes<T>(Func<T> action);

    /// <summary>Waited for.</summary>
    ITargetDefinition Executes(Func<Task> action);

    /// <summary>Runs the given targets too, and before this one.</summary>
    ITargetDefinition DependsOn(params Target[] targets);

    ITargetDefinition DependentFor(params Target[] targets);

    /// <summary>Order only: matters when both are in the plan.</summary>
    ITargetDefinition Before(params Target[] targets);

    ITargetDefinition After(params Target[] targets);

    /// <summary>Runs the given targets too, and after this one.</summary>
    ITargetDefinition Triggers(params Target[] targets);

    ITargetDefinition TriggeredBy(params Target[] targets);

    /// <summary>Looked at before anything runs; a target that it skips takes its dependencies along.</summary>
    ITargetDefinition OnlyWhenStatic(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string conditionExpression = null);

    /// <summary>Looked at just before the target, when its dependencies have run.</summary>
    ITargetDefinition OnlyWhenDynamic(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string conditionExpression = null);

    ITargetDefinition WhenSkipped(DependencyBehavior dependencyBehavior);

    ITargetDefinition Requires<T>(Expression<Func<T>> parameterRequirement, params Expression<Func<T>>[] parameterRequirements) where T : class;

    ITargetDefinition Requires<T>(Expression<Func<T?>> parameterRequirement, params Expression<Func<T?>>[] parameterRequirements) where T : struct;

    ITargetDefinition Requires(Expression<Func<bool>> requirement, params Expression<Func<bool>>[] requirements);

    /// <summary>When it fails the rest still runs; the build fails in the end.</summary>
    ITargetDefinition ProceedAfterFailure();

    /// <summary>Runs even when an earlier target has stopped the build.</summary>
    ITargetDefinition AssuredAfterFailure();
}

public static class ExecutableTargetExtensions
{
    /// <summary>E.g. <c>SucceededTargets.Contains(Test)</c>.</summary>
    public static bool Contains(this IEnumerable<ExecutableTarget> targets, Target target) => targets.Any(t => t.Factory == target);
}
