// SPDX-License-Identifier: MIT
using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Nuke.Common;
using Nuke.Common.Execution;

// The engine has process-wide state, as the real one: the logger, the root, the verbosity.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace BuildTests;

/// <summary>A build whose targets only note that they ran.</summary>
internal abstract class RecordingBuild : NukeBuild
{
    public static List<string> Ran { get; } = [];

    protected static Action Note([CallerMemberName] string target = "") => () => Ran.Add(target);

    protected static Action Throw(string message, [CallerMemberName] string target = "") => () =>
    {
        Ran.Add(target);
        throw new InvalidOperationException(message);
    };
}

/// <summary>A folder with .nuke in which builds run, with what the last one did and said.</summary>
internal sealed class BuildRun : IDisposable
{
    public BuildRun()
    {
        Folder = Directory.CreateTempSubdirectory("build-tests-").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, ".nuke"));
    }

    public string Folder { get; }

    public Dictionary<string, string> Variables { get; } = [];

    public int ExitCode { get; private set; }

    public string Output { get; private set; } = "";

    public string Ran => string.Join(' ', RecordingBuild.Ran);

    /// <summary>The words of the rows of the summary: name, status, and what follows.</summary>
    public string[] Rows => [.. Output.Split('\n').SkipWhile(l => !l.StartsWith("Target  ", StringComparison.Ordinal)).Skip(2)
        .TakeWhile(l => !l.StartsWith('─')).Select(l => string.Join(' ', l.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];

    public BuildRun File(string name, string text)
    {
        System.IO.File.WriteAllText(Path.Combine(Folder, ".nuke", name), text);
        return this;
    }

    public BuildRun Run<T>(Expression<Func<T, Target>> defaultTarget, params string[] arguments) where T : NukeBuild, new()
    {
        RecordingBuild.Ran.Clear();
        NukeBuild.Verbosity = Verbosity.Normal;
        using var console = new CapturedConsole();
        ExitCode = BuildManager.Execute(Invocation.Create(arguments, Variables, Folder), [defaultTarget]);
        Output = console.Text;
        return this;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
