// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace ExecutorsTests;

/// <summary>Short programs and daemons of the test set-up.</summary>
internal static partial class Shell
{
    /// <summary>Runs a line of bash; throws with what it said when it fails.</summary>
    public static string Run(string line, IReadOnlyDictionary<string, string>? variables = null)
    {
        var (exitCode, output) = Try(line, variables);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{line}: exit code {exitCode}: {output}");
    }

    public static (int ExitCode, string Output) Try(string line, IReadOnlyDictionary<string, string>? variables = null)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1; {line}"]) { RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    /// <summary>The process number that a daemon has written; null while there is none.</summary>
    public static int? ReadPid(string file) => File.Exists(file) && int.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : null;

    /// <summary>Asks a process to end, waits, and kills it when it does not.</summary>
    public static void Stop(int pid)
    {
        _ = Kill(pid, 15);
        for (var i = 0; i < 150 && Kill(pid, 0) == 0; i++)
        {
            Thread.Sleep(100);
        }

        _ = Kill(pid, 9);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    public static partial int Kill(int pid, int signal);
}
