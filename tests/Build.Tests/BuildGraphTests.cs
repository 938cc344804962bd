// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using Nuke.Common;
using Nuke.Common.Execution;
using Yoso.Experiments.Catalog;

namespace BuildTests;

/// <summary>The targets of this repository's build, run with a fake yoso program.</summary>
public sealed class BuildGraphTests : IDisposable
{
    private readonly BuildProcess process = new();

    private static readonly string[] Lra = ["listops", "text", "retrieval", "image", "pathfinder"];

    public void Dispose() => process.Dispose();

    [Fact]
    public void Protocol_ReachesTheProgram_WhenItIsNotThePapers()
    {
        Assert.Equal(0, process.Run("LraText", "--protocol", "clean"));

        Assert.Equal(["yoso data text --scale smoke --protocol clean", "yoso run lra/text --scale smoke --device auto --protocol clean --slots 0"], process.Calls);
    }

    [Fact]
    public void Data_TakesTheReleaseFirst_WhichOthersUse()
    {
        Assert.Equal(0, process.Run("Data"));

        Assert.Equal(Lra.Order(StringComparer.Ordinal), process.Calls.Select(c => c.Split(' ')[2]).Intersect(Lra).Order(StringComparer.Ordinal));
        Assert.All((string[])["listops", "pathfinder"], t => Assert.True(process.Calls.ToList().IndexOf($"yoso data {t} --scale smoke") > process.Calls.ToList().IndexOf("yoso data retrieval --scale smoke")));
    }

    [Fact]
    public void ReproduceAll_GeneratesTrainsAndReports_WhenNothingIsNamed()
    {
        Assert.Equal(0, process.Run());

        Assert.Contains("Build succeeded on ", process.Output, StringComparison.Ordinal);
        string[] selections = ["pretrain/bert", "pretrain/roberta", "glue", .. Lra.Select(t => $"lra/{t}")];
        Assert.Equal(
            [.. selections.Select(s => $"yoso run {s} --scale smoke --device auto --slots 0").Concat(Lra.Select(t => $"yoso data {t} --scale smoke"))
                .Append("yoso bench efficiency --cached --device auto").Append("yoso bench approximation --cached --scale smoke").Append("yoso report").Order(StringComparer.Ordinal)],
            process.Calls.Order(StringComparer.Ordinal));
        Assert.Equal("yoso report", process.Calls[^1]);
        Assert.All(Lra, t => Assert.True(At($"yoso data {t}") < At($"yoso run lra/{t}")));
        Assert.True(At("yoso run pretrain/bert") < At("yoso run glue"));
        Assert.True(At("yoso run lra/listops") < At("yoso bench approximation")); // whose pictures are of its models

        int At(string call) => process.Calls.ToList().FindIndex(c => c.StartsWith(call, StringComparison.Ordinal));
    }

    [Fact]
    public void Options_ReachTheProgram_WhenGiven()
    {
        var output = Path.Combine(process.Folder, "out");

        Assert.Equal(0, process.Run("LraListops", "--models", "softmax", "yoso-32", "--seeds", "1", "2", "--scale", "nightly", "--device", "cpu", "--slots", "2", "--output", "out", "--data-mirror", ".", "--keep-checkpoints", "all"));

        Assert.Equal(
            [
                $"yoso data listops --scale nightly --data-mirror {process.Folder} --output {output}",
                $"yoso run lra/listops --models softmax yoso-32 --seeds 1 2 --scale nightly --device cpu --data-mirror {process.Folder} --output {output} --slots 2 --keep-checkpoints all",
            ],
            process.Calls);
    }

    [Fact]
    public void Profile_SetsTheScale_WhenNamed()
    {
        Assert.Equal(0, process.Run("Plan", "--profile", "paper"));

        Assert.Equal(["yoso plan --scale paper --device auto"], process.Calls);
    }

    [Fact]
    public void Report_IsRenderedAndTheBuildFails_WhenAJobFails()
    {
        process.Variables["FAKE_RUN"] = "1";

        Assert.Equal(255, process.Run());

        Assert.Equal("yoso report", process.Calls[^1]);
        Assert.Contains("LraListops         Failed        < 1sec   // ChildFailed: yoso run: exit code 1\n", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Report_IsRenderedWithoutTraining_WhenDataFails()
    {
        process.Variables["FAKE_DATA"] = "1";

        Assert.Equal(255, process.Run());

        Assert.Equal(["yoso data listops --scale smoke", "yoso report"], process.Calls.TakeLast(2));
    }

    [Fact]
    public void Build_EndsCleanlyWithoutReport_WhenAskedToStop()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no signals there");
        process.Variables["FAKE_RUN"] = "wait";
        using var build = process.Start();
        var lines = new List<string>();
        while (build.StandardOutput.ReadLine() is { } line)
        {
            lines.Add(line);
            if (line == "waiting")
            {
                using var kill = System.Diagnostics.Process.Start("kill", ["-INT", $"{build.Id}"]);
                kill.WaitForExit();
            }
        }

        build.WaitForExit();

        Assert.Equal(255, build.ExitCode);
        Assert.Contains("ended cleanly", lines);
        Assert.Contains(lines, l => l.Contains("   Aborted ", StringComparison.Ordinal));
        Assert.DoesNotContain("yoso report", lines);
    }

    [Fact]
    public void Executor_IsSaid_WhenTheBuildChooses()
    {
        process.Variables["DOCKER_HOST"] = "unix:///nowhere/docker.sock";

        Assert.Equal(0, process.Run("LraListops"));
        Assert.Contains("Executor: local (auto; no --container-image is asked for)", process.Output, StringComparison.Ordinal);

        Assert.Equal(0, process.Run("LraListops", "--container-image", "auto"));
        Assert.Contains("Executor: local (auto; not docker: no Docker engine answers at unix:///nowhere/docker.sock", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Executor_SaysOneLine_WhenThereIsNoEngine()
    {
        process.Variables["DOCKER_HOST"] = "unix:///nowhere/docker.sock";

        Assert.Equal(255, process.Run("LraListops", "--executor", "docker"));

        Assert.Contains("Target LraListops has thrown an exception: no Docker engine answers at unix:///nowhere/docker.sock: start one", process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void JobTargets_AreThoseThatRunJobs_WhenTheClusterGetsThemAtOnce()
    {
        var sources = Directory.GetFiles(Path.Combine(Repository(), "build"), "Build.*.cs").Select(File.ReadAllText);
        var run = sources.SelectMany(s => Regex.Matches(s, @"Target (\w+) =>[^;]*?RunJobs\(""([^""]+)""\)").Select(m => (m.Groups[1].Value, m.Groups[2].Value)));

        Assert.Equal(run.Order(), Build.JobTargets.Select(t => (t.Key, t.Value)).Order());
    }

    [Theory]
    [InlineData("unknown option '--modles': did you mean '--models'?", "--modles", "softmax")]
    [InlineData("unknown target 'LraListop': did you mean 'LraListops'?", "LraListop")]
    [InlineData("--profile: unknown profile 'papr': did you mean 'paper'?", "--profile", "papr")]
    public void Main_SaysOneLineAndRunsNothing_WhenInputIsWrong(string problem, params string[] arguments)
    {
        Assert.Equal(255, process.Run(arguments));

        Assert.Equal("", process.Output);
        Assert.StartsWith($"build: {problem} known: ", process.Error, StringComparison.Ordinal);
        Assert.Equal(1, process.Error.Count(c => c == '\n'));
    }

    [Fact]
    public void Requirement_StopsTheBuild_WhenOutputCannotBeMade()
    {
        File.WriteAllText(Path.Combine(process.Folder, "artifacts"), "");

        Assert.Equal(255, process.Run());

        Assert.Empty(process.Calls);
        Assert.Contains("Target 'DataRetrieval' requires 'OutputIsWritable'", process.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_FitsA80ColumnTerminal_WhenPrinted()
    {
        Assert.Equal(0, process.Run("--help"));

        Assert.All(process.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
        Assert.All(CommandLineCheck.Targets(), t => Assert.Contains($"\n  {t}", process.Output, StringComparison.Ordinal));
        Assert.All(OptionRule.Own, o => Assert.Contains($"\n  --{o.Name} ", process.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Targets_HaveDescriptions_WhenListed()
    {
        using var run = new BuildRun();
        _ = Invocation.Create([], run.Variables, run.Folder);

        var targets = TargetFactory.CreateAll(new Build(), []);

        Assert.NotEmpty(targets);
        Assert.All(targets, t => Assert.False(string.IsNullOrEmpty(t.Description), t.Name));
    }

    /// <summary>The project lists its files, and one that it forgot would be a target that nobody can call.</summary>
    [Fact]
    public void Project_CompilesEveryFileOfTheBuild()
    {
        var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "build"));
        var project = File.ReadAllText(Path.Combine(folder, "_build.csproj"));

        Assert.All(Directory.GetFiles(folder, "*.cs"), f => Assert.Matches($"[\";]{System.Text.RegularExpressions.Regex.Escape(Path.GetFileName(f))}[\";]", project));
    }

    [Fact]
    public void Rules_CoverEveryParameter_WhenComparedWithTheBuild()
    {
        var parameters = typeof(Build).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(f => f.IsDefined(typeof(ParameterAttribute))).Select(f => f.Name);

        Assert.Equal(parameters.Order(), OptionRule.Own.Select(r => r.Member).Order());
    }

    [Fact]
    public void Rules_CoverTheEngine_WhenComparedWithItsHelp()
    {
        var builtIn = ParameterService.Members(typeof(NukeBuild)).Select(ParameterService.DashedName).Concat(["root", "profile", "skip", "target", "verbosity"]);

        Assert.Equal(builtIn.Order(), OptionRule.Engine([], []).Select(r => r.Name).Order());
    }

    [Fact]
    public void Profiles_NameTheirScale_WhenRead()
    {
        foreach (var scale in Names.Scales)
        {
            using var profile = JsonDocument.Parse(File.ReadAllText(Path.Combine(Repository(), ".nuke", $"parameters.{scale}.json")));
            Assert.Equal(scale, profile.RootElement.GetProperty("Scale").GetString());
            Assert.Null(CommandLineCheck.Problem(["--profile", scale], Repository(), new Dictionary<string, string>()));
        }
    }

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", ".."));

    private static string ThisFile([CallerFilePath] string here = "") => here;
}
