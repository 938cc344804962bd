// SPDX-License-Identifier: MIT
using System.Collections;
using Nuke.Common.IO;

namespace Nuke.Common.Execution;

/// <summary>What one run of a build gets from outside; tests make their own.</summary>
internal sealed class Invocation
{
    private Invocation(string[] arguments, IReadOnlyDictionary<string, string> variables, string workingDirectory)
    {
        Arguments = arguments;
        CommandLine = new CommandLine(arguments);
        Variables = variables;
        WorkingDirectory = workingDirectory;
        RootDirectory = FindRoot();
        TemporaryDirectory = (RootDirectory / ".nuke" / "temp").CreateDirectory();
    }

    public static Invocation Current { get; set; }

    public string[] Arguments { get; }

    public CommandLine CommandLine { get; }

    public IReadOnlyDictionary<string, string> Variables { get; }

    public AbsolutePath WorkingDirectory { get; }

    public AbsolutePath RootDirectory { get; }

    public AbsolutePath TemporaryDirectory { get; }

    /// <summary>Ctrl+C was pressed: what runs is aborted, what is scheduled does not start.</summary>
    public bool IsCancelled { get; set; }

    public static Invocation OfProcess()
    {
        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string)e.Value);
        return Create(Environment.GetCommandLineArgs().Skip(1).ToArray(), variables, Environment.CurrentDirectory);
    }

    public static Invocation Create(string[] arguments, IReadOnlyDictionary<string, string> variables, string workingDirectory)
        => Current = new Invocation(arguments, variables, workingDirectory);

    private AbsolutePath FindRoot()
    {
        if (CommandLine.Values("root") is { } given)
        {
            return given.Length == 0 ? WorkingDirectory : Path.GetFullPath(given[0], WorkingDirectory);
        }

        var folder = WorkingDirectory;
        while (folder != null && !(folder / ".nuke").DirectoryExists())
        {
            folder = folder.Parent;
        }

        Assert.True(folder != null, $"No .nuke folder in '{WorkingDirectory}' or above: run the build from inside its repository");
        return folder;
    }
}
