// SPDX-License-Identifier: MIT
using System.Diagnostics;

namespace Nuke.Common.Execution;

public enum ExecutionStatus
{
    None,
    Scheduled,
    NotRun,
    Skipped,
    Succeeded,
    Failed,
    Running,
    Aborted,

    /// <summary>A target without actions of its own.</summary>
    Collective,
}

/// <summary>A target of the build with its dependencies and, once it runs, its fate.</summary>
public class ExecutableTarget
{
    public string Name { get; internal init; }

    public string Description => Definition.DescriptionText;

    public bool Listed => Definition.IsListed;

    public bool IsDefault { get; internal init; }

    /// <summary>Named by the caller.</summary>
    public bool Invoked { get; internal set; }

    public ExecutionStatus Status { get; internal set; }

    public TimeSpan Duration => Stopwatch.Elapsed;

    public ICollection<ExecutableTarget> ExecutionDependencies { get; } = new List<ExecutableTarget>();

    public ICollection<ExecutableTarget> OrderDependencies { get; } = new List<ExecutableTarget>();

    /// <summary>The targets that trigger this one.</summary>
    public ICollection<ExecutableTarget> TriggerDependencies { get; } = new List<ExecutableTarget>();

    /// <summary>The targets that this one triggers.</summary>
    public ICollection<ExecutableTarget> Triggers { get; } = new List<ExecutableTarget>();

    public IReadOnlyCollection<ExecutableTarget> AllDependencies => [.. ExecutionDependencies, .. OrderDependencies, .. TriggerDependencies];

    /// <summary>What follows the row of the summary after //.</summary>
    public Dictionary<string, string> SummaryInformation { get; } = [];

    internal TargetDefinition Definition { get; init; }

    internal Target Factory { get; init; }

    internal Stopwatch Stopwatch { get; } = new();

    /// <summary>The conditions that were not met, as written in the build; null when all were.</summary>
    internal string OnlyWhen { get; set; }

    /// <summary>Why it was skipped without a condition of its own.</summary>
    internal string SkipReason { get; set; }
}
