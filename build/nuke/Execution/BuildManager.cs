// SPDX-License-Identifier: MIT
using System.Linq.Expressions;
using System.Text;
using Serilog;

namespace Nuke.Common.Execution;

/// <summary>The order of events of a build.</summary>
internal static class BuildManager
{
    private const int ErrorExitCode = -1;

    public static int Execute<T>(Invocation invocation, Expression<Func<T, Target>>[] defaults) where T : NukeBuild, new()
    {
        Console.OutputEncoding = Encoding.UTF8;
        Console.CancelKeyPress += OnCancel;
        Logging.Configure();
        var build = new T();
        try
        {
            var targets = TargetFactory.CreateAll(build, defaults);
            var parameters = new ParameterService(invocation);
            parameters.Inject(build);
            Logging.Configure();
            build.OnBuildCreated();

            var names = parameters.Targets();
            build.ExecutionPlan = ExecutionPlanner.Plan(targets, names);
            if (build.Help || build.ExecutionPlan.Count == 0)
            {
                Console.Write(HelpText.Create(build, targets));
                return build.ExitCode ?? 0;
            }

            if (build.Plan)
            {
                BuildOutput.WritePlan(build.ExecutionPlan);
                return build.ExitCode ?? 0;
            }

            build.OnBuildInitialized();
            Run(build, parameters.Skipped());
            return build.ExitCode ?? (build.IsSucceeding ? 0 : ErrorExitCode);
        }
        catch (Exception exception)
        {
            if (exception is not TargetExecutionException)
            {
                Log.Verbose(exception, "Target-unrelated exception was thrown");
                Console.Error.WriteLine(exception.Message);
            }

            return build.ExitCode ?? ErrorExitCode;
        }
        finally
        {
            Console.CancelKeyPress -= OnCancel;
            Log.CloseAndFlush();
        }
    }

    private static void Run(NukeBuild build, string[] skipped)
    {
        try
        {
            BuildExecutor.Execute(build, skipped);
        }
        finally
        {
            foreach (var target in build.ExecutionPlan.Where(t => t.Status == ExecutionStatus.Scheduled))
            {
                target.Status = ExecutionStatus.NotRun;
            }

            Logging.WriteErrorsAndWarnings();
            BuildOutput.WriteSummary(build);
            build.OnBuildFinished();
        }
    }

    /// <summary>The first Ctrl+C lets the running target end, the second one kills.</summary>
    private static void OnCancel(object sender, ConsoleCancelEventArgs e)
    {
        e.Cancel = !Invocation.Current.IsCancelled;
        Invocation.Current.IsCancelled = true;
    }
}
