// SPDX-License-Identifier: MIT
using Nuke.Common;

namespace BuildTests.Engine;

public sealed class OutputTests : IDisposable
{
    private readonly BuildRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Help_ListsTargetsThenParameters_WhenAsked()
    {
        run.Run<Documented>(x => x.Pack, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Ran);
        Assert.StartsWith(
            """
            Targets (with their direct dependencies):

              Pack (default)       -> Compile, Internal
                Makes the package
              Compile

            Parameters:

              --api-key         Key of the feed
              --workers         <no description>

              --continue        Goes on after the targets that the last attempt finished
              --help            Shows this text

            """.ReplaceLineEndings("\n"),
            run.Output,
            StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n'), line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public void Target_IsCallable_WhenUnlisted() => Assert.Equal("Internal", run.Run<Documented>(x => x.Pack, "Internal").Ran);

    [Fact]
    public void Plan_PrintsOrderAndRunsNothing_WhenAsked()
    {
        run.Run<Documented>(x => x.Pack, "Pack", "--plan");

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Ran);
        Assert.Equal("Execution plan:\n  1. Internal\n  2. Compile\n  3. Pack\n", run.Output);
    }

    [Fact]
    public void Plan_IsStillAnOption_WhenATargetHasThatName()
    {
        run.Run<PlanTarget>(x => x.Other, "Plan");
        Assert.Equal("Plan", run.Ran);

        run.Run<PlanTarget>(x => x.Other, "--plan");
        Assert.Equal("", run.Ran);
        Assert.Contains("1. Other", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Summary_LeavesCollectiveTargetsOut_WhenAllSucceed()
    {
        run.Run<Collective>(x => x.Everything);

        Assert.Equal(["WithAVeryLongNameIndeed Succeeded < 1sec"], run.Rows);
        Assert.DoesNotContain("║ Everything", run.Output, StringComparison.Ordinal);
        Assert.Contains(
            """
            ╬════════════════════════════
            ║ WithAVeryLongNameIndeed
            ╬═══════════════════

            """.ReplaceLineEndings("\n"),
            run.Output,
            StringComparison.Ordinal);
        Assert.Contains(
            """

            ═══════════════════════════════════════════════
            Target                     Status      Duration
            ───────────────────────────────────────────────
            WithAVeryLongNameIndeed    Succeeded     < 1sec
            ───────────────────────────────────────────────
            Total                                    < 1sec
            ═══════════════════════════════════════════════

            Build succeeded on 
            """.ReplaceLineEndings("\n"),
            run.Output,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("normal", true, true)]
    [InlineData("minimal", false, true)]
    [InlineData("quiet", false, false)]
    public void Verbosity_LimitsTheLog_WhenGiven(string level, bool information, bool warning)
    {
        run.Run<Talking>(x => x.Talk, "--verbosity", level);

        Assert.Equal(information, run.Output.Contains("[INF] good news", StringComparison.Ordinal));
        Assert.Equal(warning, run.Output.Contains("[WRN] take care", StringComparison.Ordinal));
    }

    private sealed class Documented : RecordingBuild
    {
        [Parameter] private readonly int Workers = 1;
        [Parameter("Key of the feed")] private readonly string? ApiKey;

        public Target Pack => _ => _.Description("Makes the package").DependsOn(Compile, Internal).Requires(() => Workers > 0 || ApiKey != null).Executes(Note());

        private Target Compile => _ => _.Executes(Note());

        private Target Internal => _ => _.Unlisted().Executes(Note());
    }

    private sealed class PlanTarget : RecordingBuild
    {
        public Target Other => _ => _.Executes(Note());

        private new Target Plan => _ => _.Executes(Note());
    }

    private sealed class Collective : RecordingBuild
    {
        public Target Everything => _ => _.DependsOn(WithAVeryLongNameIndeed);

        private Target WithAVeryLongNameIndeed => _ => _.Executes(Note());
    }

    private sealed class Talking : RecordingBuild
    {
        public Target Talk => _ => _.Executes(() =>
        {
            Serilog.Log.Information("good news");
            Serilog.Log.Warning("take care");
        });
    }
}
