// SPDX-License-Identifier: MIT
using System.Text.Json.Nodes;
using Nuke.Common;
using Nuke.Common.IO;
using Serilog;

partial class Build
{
    internal static readonly string[] ProgramSources = ["src", "experiments", "reports", "samples", "Directory.Build.props", "Directory.Build.targets", "Directory.Packages.props", "global.json"];

    static readonly string[] AllSources = [.. ProgramSources, "tests", "build", "Yoso.sln"];

    Target Compile => _ => _
        .Description("Builds the whole solution; a warning is an error")
        .Executes(() => DotNetBuild("Yoso.sln", SolutionStamp, ProgramStamp));

    Target CompileProgram => _ => _
        .Description("Builds the yoso program, unless its sources are unchanged")
        .After(Compile)
        .Executes(() => DotNetBuild("experiments/Yoso.Experiments.csproj", ProgramStamp));

    static SourceStamp SolutionStamp => new(RootDirectory, "solution", AllSources, TorchBackend);

    static SourceStamp ProgramStamp => new(RootDirectory, "program", ProgramSources, TorchBackend);

    /// <summary>cpu or cuda, as build.sh has chosen.</summary>
    static string TorchBackend => Environment.GetEnvironmentVariable("TORCH_BACKEND") is { Length: > 0 } backend ? backend : "cpu";

    /// <summary>The assembly of the program; null when it is not built.</summary>
    static string? ProgramFile => OutputFile("experiments", "yoso.dll");

    /// <summary>The newest file of this name in the Release output of a project, whatever the name of the platform folder.</summary>
    static string? OutputFile(string project, string name)
    {
        AbsolutePath folder = RootDirectory / project / "bin" / "Release";
        return folder.DirectoryExists() ? Directory.GetFiles(folder, name, SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc) : null;
    }

    /// <summary>Whether the program is there, and the libtorch that it was built for still in the package cache.</summary>
    static bool IsBuilt => ProgramFile is { } file
        && JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(file, ".runtimeconfig.json")))?["runtimeOptions"]?["configProperties"]?["Yoso.LibTorchFolder"] is var folder
        && (folder == null || Directory.Exists((string?)folder));

    /// <summary>Builds unless all stamps say that nothing has changed.</summary>
    static void DotNetBuild(string project, params SourceStamp[] stamps)
    {
        if (IsBuilt && stamps.All(s => s.IsCurrent))
        {
            Log.Information("{Project:l} is up to date", project);
            return;
        }

        Array.ForEach(stamps, s => s.Clear());
        Log.Information("Building {Project:l}", project);
        ChildProcess.CheckQuietly("dotnet build", "dotnet", RootDirectory, ["build", project, "-c", "Release", "-v", "quiet", "-nologo", "-clp:ErrorsOnly", "-nodeReuse:false", $"-p:TorchBackend={TorchBackend}"]);
        Array.ForEach(stamps, s => s.Write());
    }
}
