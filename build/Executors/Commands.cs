// SPDX-License-Identifier: MIT
using System.ComponentModel;
using System.Diagnostics;

namespace Executors;

/// <summary>Exit code and streams of a short program.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Errors)
{
    /// <summary>127 is the shell's code for a program that is not there.</summary>
    public const int Missing = 127;

    /// <summary>The first line of what it complained of.</summary>
    public string Problem => Errors.Split('\n').Concat(Output.Split('\n')).Select(l => l.Trim()).FirstOrDefault(l => l.Length > 0) ?? $"exit code {ExitCode}";
}

/// <summary>Runs short programs: squeue, sbatch, yoso plan.</summary>
internal interface ICommands
{
    CommandResult Run(string program, params string[] arguments);
}

internal sealed class Commands(string folder) : ICommands
{
    public CommandResult Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        try
        {
            using var process = Process.Start(start)!;
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return new CommandResult(process.ExitCode, output, errors.Result);
        }
        catch (Win32Exception e)
        {
            return new CommandResult(CommandResult.Missing, "", $"{program}: {e.Message}");
        }
    }
}
