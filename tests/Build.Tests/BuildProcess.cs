// SPDX-License-Identifier: MIT
using System.Diagnostics;

namespace BuildTests;

/// <summary>A folder like the repository, with a fake yoso program that counts as built, and the real build run in it as a process.</summary>
internal sealed class BuildProcess : IDisposable
{
    private static readonly string Here = AppContext.BaseDirectory;

    /// <summary>Where the tests were started with SIGINT ignored (nohup, a job in the background), their children would inherit that.</summary>
    private static readonly string[] Interruptible = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet"] : ["dotnet"];

    public BuildProcess()
    {
        Folder = Directory.CreateTempSubdirectory("build-tests-").FullName;
        Directory.CreateDirectory(Path.Combine(Folder, ".nuke", "temp"));
        foreach (var profile in new[] { "smoke", "nightly", "paper" })
        {
            File.WriteAllText(Path.Combine(Folder, ".nuke", $"parameters.{profile}.json"), $$"""{ "Scale": "{{profile}}" }""");
        }

        var program = Directory.CreateDirectory(Path.Combine(Folder, "experiments", "bin", "Release", "net10.0")).FullName;
        foreach (var name in new[] { "yoso.dll", "yoso.runtimeconfig.json" })
        {
            File.Copy(Path.Combine(Here, name), Path.Combine(program, name));
        }

        new SourceStamp(Folder, "program", Build.ProgramSources, "cpu").Write();
    }

    public string Folder { get; }

    public Dictionary<string, string> Variables { get; } = new() { ["TORCH_BACKEND"] = "cpu" };

    public string Output { get; private set; } = "";

    public string Error { get; private set; } = "";

    /// <summary>The calls of the yoso program, in order.</summary>
    public string[] Calls => [.. Output.Split('\n').Where(l => l.StartsWith("yoso ", StringComparison.Ordinal))];

    public int Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        Output = process.StandardOutput.ReadToEnd().ReplaceLineEndings("\n");
        Error = error.Result.ReplaceLineEndings("\n");
        process.WaitForExit();
        return process.ExitCode;
    }

    public Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo(Interruptible[0], [.. Interruptible[1..], Path.Combine(Here, "_build.dll"), .. arguments])
        {
            WorkingDirectory = Folder, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach (var rule in OptionRule.Own)
        {
            start.Environment.Remove(rule.Member.ToUpperInvariant());
        }

        start.Environment.Remove("BUILD_ENGINE");
        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
