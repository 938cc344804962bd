// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace BuildTests;

/// <summary>What build.sh refuses before it starts the build.</summary>
public sealed class BuildScriptTests : IDisposable
{
    private readonly BuildRun run = new();

    public BuildScriptTests()
    {
        Directory.CreateDirectory(Path.Combine(run.Folder, "build"));
        foreach (var file in new[] { "build.sh", "global.json", "Directory.Packages.props", "build/_build.csproj" })
        {
            File.Copy(Path.Combine(Repository(), file), Path.Combine(run.Folder, file));
        }
    }

    public void Dispose() => run.Dispose();

    [Fact]
    public void BuildScript_SaysWhatToInstall_WhenThereIsNoSdkAndNoDownload()
    {
        // Tools as on a bare machine, but nothing that downloads.
        var tools = Directory.CreateDirectory(Path.Combine(run.Folder, "tools")).FullName;
        foreach (var tool in new[] { "bash", "dirname", "mkdir", "sed", "head" })
        {
            File.CreateSymbolicLink(Path.Combine(tools, tool), Which(tool));
        }

        var (exitCode, error) = Script(("PATH", tools));

        Assert.Equal(255, exitCode);
        Assert.EndsWith("build.sh: the .NET SDK 10.0.100 or a later 10.0 is needed and could not be downloaded: install it from https://dotnet.microsoft.com/download", error[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("NUKE_ENGINE", "real", "build.sh: unknown NUKE_ENGINE 'real': known: package, bundled")]
    [InlineData("TORCH_BACKEND", "gpu", "build.sh: unknown TORCH_BACKEND 'gpu': known: cpu, cuda")]
    public void BuildScript_NamesTheVariable_WhenItsValueIsUnknown(string name, string value, string line)
    {
        var (exitCode, error) = Script(("NUKE_ENGINE", "bundled"), (name, value));

        Assert.Equal(255, exitCode);
        Assert.Equal([line], error);
    }

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    private static string Which(string tool) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(p => Path.Combine(p, tool)).First(File.Exists);

    private (int ExitCode, string[] Error) Script(params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(Which("bash"), [Path.Combine(run.Folder, "build.sh"), "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        _ = output.Result;
        return (process.ExitCode, error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
