// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

/// <summary>Runs a program and waits for it; Ctrl+C and a request to end go to the program, which ends in its own way.</summary>
internal static partial class ChildProcess
{
    /// <summary>Whether the user has asked to stop.</summary>
    public static bool Interrupted { get; private set; }

    /// <summary>For work that is no child process.</summary>
    public static void NoteInterrupt() => Interrupted = true;

    /// <summary>On this console, with inherited streams. Throws when the exit code is not 0.</summary>
    public static void Check(string title, string program, string folder, string[] arguments)
    {
        var exitCode = Wait(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder }, _ => { });
        if (exitCode != 0)
        {
            throw new ChildFailed(Interrupted ? $"{title} was stopped" : $"{title}: exit code {exitCode}");
        }
    }

    /// <summary>Shows what the program wrote only when it fails: each line once, as MSBuild repeats its errors.</summary>
    public static void CheckQuietly(string title, string program, string folder, string[] arguments)
    {
        var (exitCode, output) = Capture(program, folder, arguments);
        if (exitCode != 0)
        {
            Console.WriteLine(string.Join(Environment.NewLine, output.Split('\n').Select(l => l.Trim()).Where(l => l.Length > 0).Distinct()));
            throw new ChildFailed(Interrupted ? $"{title} was stopped" : $"{title}: exit code {exitCode}");
        }
    }

    /// <summary>Exit code and everything that the program wrote.</summary>
    public static (int ExitCode, string Output) Capture(string program, string folder, string[] arguments)
    {
        var output = new StringBuilder();
        var exitCode = Wait(new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true }, process =>
        {
            process.OutputDataReceived += Add;
            process.ErrorDataReceived += Add;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        });
        return (exitCode, output.ToString());

        void Add(object sender, DataReceivedEventArgs e)
        {
            lock (output)
            {
                output.AppendLine(e.Data);
            }
        }
    }

    private static int Wait(ProcessStartInfo start, Action<Process> started)
    {
        if (Interrupted)
        {
            throw new ChildFailed("stopped");
        }

        using var process = new Process { StartInfo = start };
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Stop(c, process, 2));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Stop(c, process, 15));
        process.Start();
        started(process);
        process.WaitForExit();
        return process.ExitCode;
    }

    private static void Stop(PosixSignalContext context, Process process, int signal)
    {
        context.Cancel = true;
        Interrupted = true;

        // A terminal sends Ctrl+C to the whole group; the program would take a second one for impatience.
        var sentByTerminal = signal == 2 && !(Console.IsInputRedirected && Console.IsOutputRedirected && Console.IsErrorRedirected);
        if (!OperatingSystem.IsWindows() && !sentByTerminal)
        {
            _ = Kill(process.Id, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}

internal sealed class ChildFailed(string message) : Exception(message);
