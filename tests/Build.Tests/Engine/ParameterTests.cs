// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

namespace BuildTests.Engine;

public sealed class ParameterTests : IDisposable
{
    private readonly BuildRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Parameter_KeepsInitialValue_WhenNobodySetsIt() => Assert.Equal("smoke [] 4 False Low", Values());

    [Theory]
    [InlineData("--run-scale")]
    [InlineData("--RunScale")]
    [InlineData("-runscale")]
    public void Parameter_IsFound_WhenDashesAndCaseDiffer(string option) => Assert.Equal("paper [] 4 False Low", Values(option, "paper"));

    [Fact]
    public void Parameter_TakesWordsUpToTheNextOption_WhenArray() => Assert.Equal("smoke [a b] 2 True High", Values("--items", "a", "b", "--workers", "2", "--flag", "--level", "high"));

    [Fact]
    public void Parameter_SplitsAtSeparator_WhenItHasOne() => Assert.Equal("smoke [a b c] 4 False Low", Values("--items", "a+b+c"));

    [Fact]
    public void Parameter_TakesTheLast_WhenRepeated() => Assert.Equal("smoke [] 3 False Low", Values("--workers", "2", "--workers", "3"));

    [Fact]
    public void Parameter_IsFalse_WhenFlagSaysSo() => Assert.Equal("smoke [] 4 False Low", Values("--flag", "false"));

    [Theory]
    [InlineData("--workers", "many")]
    [InlineData("--level", "highest")]
    [InlineData("--run-scale", "a", "b")]
    public void Parameter_WarnsAndGoesOn_WhenValueDoesNotFit(params string[] arguments)
    {
        Assert.Equal("smoke [] 4 False Low", Values(arguments));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("[WRN] Could not inject value for Settings.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Parameter_IsIgnored_WhenUnknownOrWithEqualsSign() => Assert.Equal("smoke [] 4 False Low", Values("--wrokers", "2", "--workers=2"));

    [Theory]
    [InlineData("Workers")]
    [InlineData("WORKERS")]
    [InlineData("NUKE_WORKERS")]
    public void Parameter_ComesFromEnvironment_WhenNotOnCommandLine(string variable)
    {
        run.Variables[variable] = "7";

        Assert.Equal("smoke [] 7 False Low", Values());
        Assert.Equal("smoke [] 8 False Low", Values("--workers", "8"));
    }

    [Fact]
    public void Parameter_IsArray_WhenEnvironmentHasSeparators()
    {
        run.Variables["ITEMS"] = "x+y";

        Assert.Equal("smoke [x y] 4 False Low", Values());
    }

    [Fact]
    public void Parameter_TakesNone_WhenTwoVariablesMatch()
    {
        run.Variables["WORKERS"] = "7";
        run.Variables["NUKE_WORKERS"] = "8";

        Assert.Equal("smoke [] 4 False Low", Values());
    }

    [Fact]
    public void Target_ComesFromEnvironment_WhenNoneIsNamed()
    {
        run.Variables["NUKE_TARGET"] = "Other";

        Assert.Equal("other", Values());
    }

    [Fact]
    public void Parameter_ComesFromFiles_WhenNothingElseSetsIt()
    {
        run.File("parameters.json", """{ "$schema": "s", "RunScale": "a", "Workers": 5 }""")
            .File("parameters.night.json", """{ "RunScale": "b", "Items": ["p", "q"] }""")
            .File("parameters.day.json", """{ "RunScale": "c" }""");

        Assert.Equal("a [] 5 False Low", Values());
        Assert.Equal("b [p q] 5 False Low", Values("--profile", "night"));
        Assert.Equal("c [p q] 5 False Low", Values("--profile", "night", "day"));
        run.Variables["RUN_SCALE"] = "d";
        Assert.Equal("d [p q] 5 False Low", Values("--profile", "night"));
        Assert.Equal("e [p q] 5 False Low", Values("--profile", "night", "--run-scale", "e"));
    }

    [Fact]
    public void Profile_Fails_WhenItsFileIsMissing()
    {
        Assert.Equal("", Values("--profile", "night"));

        Assert.Equal(-1, run.ExitCode);
        Assert.Contains("Expected file to exist", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Path_IsRelativeToCallerOrToRoot_WhenFromCommandLineOrFile()
    {
        run.Run<Paths>(x => x.Show, "--folder", "a/../b");
        Assert.Equal(Path.Combine(run.Folder, "b"), run.Ran);

        run.File("parameters.json", """{ "Folder": "c" }""").Run<Paths>(x => x.Show);
        Assert.Equal(Path.Combine(run.Folder, "c"), run.Ran);
    }

    [Fact]
    public void Positional_CountsOnlyBeforeTheFirstOption_WhenItFollowsAFlag() => Assert.Equal("smoke [] 4 False Low", Values("--no-logo", "Other"));

    [Fact]
    public void Root_IsFoundUpwards_WhenCalledFromBelow()
    {
        var below = Directory.CreateDirectory(Path.Combine(run.Folder, "x", "y")).FullName;

        var invocation = Nuke.Common.Execution.Invocation.Create([], run.Variables, below);

        Assert.Equal(run.Folder, invocation.RootDirectory);
        Assert.True(Directory.Exists(Path.Combine(run.Folder, ".nuke", "temp")));
    }

    private string Values(params string[] arguments) => run.Run<Settings>(x => x.Show, arguments).Ran;

    private enum Level
    {
        Low,
        High,
    }

    private sealed class Settings : RecordingBuild
    {
        [Parameter] private readonly string RunScale = "smoke";
        [Parameter(Separator = "+")] private readonly string[] Items = [];
        [Parameter] private readonly int Workers = 4;

        public Target Show => _ => _.Executes(() => Ran.Add($"{RunScale} [{string.Join(' ', Items)}] {Workers} {Flag} {Level}"));

        [Parameter] private bool Flag { get; }

        [Parameter] private Level Level { get; set; }

        private Target Other => _ => _.Executes(() => Ran.Add("other"));
    }

    private sealed class Paths : RecordingBuild
    {
        [Parameter] private readonly AbsolutePath Folder = RootDirectory;

        public Target Show => _ => _.Executes(() => Ran.Add(Folder));
    }
}
