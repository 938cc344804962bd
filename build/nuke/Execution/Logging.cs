// SPDX-License-Identifier: MIT
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Sinks.SystemConsole.Themes;

namespace Nuke.Common.Execution;

/// <summary>Serilog's static logger, on the console; warnings and errors are kept and repeated at the end.</summary>
internal sealed class Logging : ILogEventSink
{
    private static readonly List<LogEvent> Problems = [];

    public static void Configure()
    {
        Problems.Clear();
        var level = NukeBuild.Verbosity switch
        {
            Verbosity.Verbose => LogEventLevel.Verbose,
            Verbosity.Normal => LogEventLevel.Debug,
            Verbosity.Minimal => LogEventLevel.Warning,
            _ => LogEventLevel.Error,
        };
        Log.Logger = new LoggerConfiguration()
            .MinimumLevel.Is(level)
            .WriteTo.Sink(new Logging())
            .WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss} [{Level:u3}] {Message:l}{NewLine}{Exception}", theme: AnsiConsoleTheme.Sixteen)
            .CreateLogger();
    }

    public static void WriteErrorsAndWarnings()
    {
        lock (Problems)
        {
            if (Problems.Count == 0)
            {
                return;
            }

            Console.WriteLine();
            Console.WriteLine("Errors & Warnings");
            foreach (var problem in Problems)
            {
                Console.WriteLine($"[{(problem.Level >= LogEventLevel.Error ? "ERR" : "WRN")}] {problem.RenderMessage()}");
            }
        }
    }

    public void Emit(LogEvent logEvent)
    {
        if (logEvent.Level >= LogEventLevel.Warning)
        {
            lock (Problems)
            {
                Problems.Add(logEvent);
            }
        }
    }
}
