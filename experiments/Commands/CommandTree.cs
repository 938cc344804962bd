// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.CommandLine.Invocation;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>Exit codes of the program.</summary>
internal static class ExitCode
{
    public const int Ok = 0, Failed = 1, Usage = 2, Cancelled = 130;
}

/// <summary>The command line: which command runs with which values. Every wrong input ends in one line and exit code 2.</summary>
internal static class CommandTree
{
    public static async Task<int> Run(string[] args)
    {
        var root = new RootCommand(
            """
            Trains, evaluates and reports the experiments of the YOSO paper.

            Examples:
              ./yoso list                                   what exists
              ./yoso run lra/listops/yoso-32 --seeds 1      one job at smoke scale
              ./yoso run lra --models softmax yoso-32       several, one process each
              ./yoso plan lra --scale paper                 what would run, and why
              ./yoso show lra/listops/yoso-32               its configuration as JSON
              ./yoso report                                 artifacts/report/report.html
            """)
        {
            ListCommand.Create(), ShowCommand.Create(), DataCommand.Create(), PlanCommand.Create(), RunCommand.Create(), WorkCommand.Create(),
            WhyCommand.Create(), DiffCommand.Create(), GcCommand.Create(), ReportCommand.Create(), DoctorCommand.Create(),
            ImportCommand.Create(), ExportCommand.Create(), VocabularyCommand.Create(),
            BenchCommand.Create(), KernelsCommand.Create(), NightlyCommand.Create(),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is ParseErrorAction)
        {
            await Console.Error.WriteLineAsync("yoso: " + Message(parsed));
            return ExitCode.Usage;
        }

        try
        {
            using var signals = new StopSignals();
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, signals.Token);
        }
        catch (UsageException e)
        {
            await Console.Error.WriteLineAsync("yoso: " + e.Message);
            return ExitCode.Usage;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Cancelled;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or Yoso.Data.DataFormatException or Yoso.Data.Downloads.DownloadException)
        {
            await Console.Error.WriteLineAsync("yoso: " + e.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>The first error, with the nearest option where a word looks like one.</summary>
    private static string Message(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (parsed.UnmatchedTokens.FirstOrDefault(t => t.StartsWith('-')) is { } option)
        {
            return Spelling.Problem("option", option, command.Options.Select(o => o.Name))!;
        }

        if (command is RootCommand && parsed.UnmatchedTokens.Count > 0)
        {
            return Spelling.Problem("command", parsed.UnmatchedTokens[0], command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name))!;
        }

        return parsed.Errors[0].Message + $" (yoso {command.Name} --help tells more)";
    }
}
