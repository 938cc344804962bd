// SPDX-License-Identifier: MIT
using System.Linq.Expressions;
using Nuke.Common.Execution;
using Nuke.Common.IO;

namespace Nuke.Common;

/// <summary>Base of the build class. Names and rules are those of NUKE 10.1; only what this repository's build uses is here.</summary>
public abstract class NukeBuild
{
    /// <summary>The folder that holds .nuke, found from the working folder upwards.</summary>
    public static AbsolutePath RootDirectory => Invocation.Current.RootDirectory;

    /// <summary>.nuke/temp, created.</summary>
    public static AbsolutePath TemporaryDirectory => Invocation.Current.TemporaryDirectory;

    public static Verbosity Verbosity { get; set; } = Verbosity.Normal;

    public IReadOnlyCollection<ExecutableTarget> ExecutionPlan { get; internal set; } = [];

    public IReadOnlyCollection<ExecutableTarget> InvokedTargets => ExecutionPlan.Where(t => t.Invoked).ToList();

    public IReadOnlyCollection<ExecutableTarget> SkippedTargets => With(ExecutionStatus.Skipped);

    public IReadOnlyCollection<ExecutableTarget> SucceededTargets => With(ExecutionStatus.Succeeded);

    public IReadOnlyCollection<ExecutableTarget> FailedTargets => With(ExecutionStatus.Failed);

    public IReadOnlyCollection<ExecutableTarget> AbortedTargets => With(ExecutionStatus.Aborted);

    public bool IsSucceeding => ExecutionPlan.All(t => t.Status is not (ExecutionStatus.Failed or ExecutionStatus.NotRun or ExecutionStatus.Aborted));

    public bool IsFailing => !IsSucceeding;

    [Parameter("Shows the execution plan and runs nothing")]
    public bool Plan { get; internal set; }

    [Parameter("Shows this text")]
    public bool Help { get; internal set; }

    [Parameter("Goes on after the targets that the last attempt finished")]
    public bool Continue { get; internal set; }

    [Parameter("Leaves the logo out")]
    public bool NoLogo { get; internal set; }

    /// <summary>Overrides 0 for success and -1 (255 in a shell) for failure.</summary>
    public int? ExitCode { get; set; }

    /// <summary>To be called by Main; without a default target and without a named one it prints the help text.</summary>
    protected static int Execute<T>(params Expression<Func<T, Target>>[] defaultTargetExpressions) where T : NukeBuild, new()
        => BuildManager.Execute(Invocation.OfProcess(), defaultTargetExpressions);

    protected internal virtual void OnBuildCreated()
    {
    }

    /// <summary>After parameters and plan, before any target; not called for --help and --plan.</summary>
    protected internal virtual void OnBuildInitialized()
    {
    }

    protected internal virtual void OnBuildFinished()
    {
    }

    private List<ExecutableTarget> With(ExecutionStatus status) => ExecutionPlan.Where(t => t.Status == status).ToList();
}
