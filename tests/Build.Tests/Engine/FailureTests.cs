// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.Execution;

namespace BuildTests.Engine;

public sealed class FailureTests : IDisposable
{
    private readonly BuildRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Execute_Returns0_WhenAllSucceed()
    {
        run.Run<Fine>(x => x.Good);

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Build succeeded on ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_StopsAndReturnsMinus1_WhenTargetFails()
    {
        run.Run<Stopping>(x => x.Last);

        Assert.Equal(-1, run.ExitCode);
        Assert.Equal("Broken", run.Ran);
        Assert.Equal(["Broken Failed < 1sec // InvalidOperationException: no disk", "Middle NotRun", "Last NotRun"], run.Rows);
        Assert.Contains("Build failed on ", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_RunsTheRestAndFails_WhenFailedTargetProceeds()
    {
        run.Run<Proceeding>(x => x.Last);

        Assert.Equal(-1, run.ExitCode);
        Assert.Equal("Broken Last", run.Ran);
        Assert.Equal(["Broken Failed < 1sec // InvalidOperationException: no disk", "Last Succeeded < 1sec"], run.Rows);
    }

    [Fact]
    public void Execute_RunsAssuredTargetsInPlanOrder_WhenAnEarlierOneStopsTheBuild()
    {
        run.Run<Assured>(x => x.Third);

        Assert.Equal(-1, run.ExitCode);
        Assert.Equal("Broken First Third", run.Ran);
        Assert.Equal(["Broken Failed", "First Failed", "Second NotRun", "Third Succeeded"], run.Rows.Select(r => string.Join(' ', r.Split(' ').Take(2))));
    }

    [Fact]
    public void Execute_ReturnsExitCode_WhenTheBuildSetsOne()
    {
        Assert.Equal(3, run.Run<OwnExitCode>(x => x.Good).ExitCode);
        Assert.Equal(0, run.Run<OwnExitCode>(x => x.Good, "Bad").ExitCode);
    }

    [Fact]
    public void Execute_RepeatsWarningsAndErrors_WhenThereAreAny()
    {
        run.Run<Stopping>(x => x.Last);

        var block = run.Output[run.Output.IndexOf("Errors & Warnings", StringComparison.Ordinal)..];
        Assert.StartsWith("Errors & Warnings\n[ERR] Target Broken has thrown an exception: no disk\n", block, StringComparison.Ordinal);
    }

    [Fact]
    public void Execute_AwaitsTask_WhenActionIsAsynchronous() => Assert.Equal("slow after", run.Run<Asynchronous>(x => x.After).Ran);

    [Fact]
    public void Execute_StartsNothingMore_WhenCancelled()
    {
        run.Run<Cancelled>(x => x.Last);

        Assert.Equal(-1, run.ExitCode);
        Assert.Equal("Slow Owed", run.Ran);
        Assert.Equal(["Slow Aborted", "Owed Succeeded", "Last NotRun"], run.Rows.Select(r => string.Join(' ', r.Split(' ').Take(2))));
    }

    [Fact]
    public void Execute_CallsHooksAroundTheTargets_WhenTheBuildFails() => Assert.Equal("created initialized Bad finished", run.Run<Hooks>(x => x.Bad).Ran);

    private sealed class Fine : RecordingBuild
    {
        public Target Good => _ => _.Executes(Note());
    }

    private sealed class Stopping : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Middle).Executes(Note());

        private Target Middle => _ => _.DependsOn(Broken).Executes(Note());

        private Target Broken => _ => _.Executes(Throw("no disk\nsecond line"));
    }

    private sealed class Proceeding : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Broken).Executes(Note());

        private Target Broken => _ => _.ProceedAfterFailure().Executes(Throw("no disk"));
    }

    private sealed class Assured : RecordingBuild
    {
        public Target Third => _ => _.DependsOn(Second).AssuredAfterFailure().Executes(Note());

        private Target Second => _ => _.DependsOn(First).Executes(Note());

        private Target First => _ => _.DependsOn(Broken).AssuredAfterFailure().Executes(Throw("again"));

        private Target Broken => _ => _.Executes(Throw("no disk"));
    }

    private sealed class OwnExitCode : RecordingBuild
    {
        public Target Good => _ => _.Executes(() => ExitCode = 3);

        private Target Bad => _ => _.Executes(() => ExitCode = 0).Executes(Throw("late"));
    }

    private sealed class Asynchronous : RecordingBuild
    {
        public Target After => _ => _.DependsOn(Slow).Executes(() => Ran.Add("after"));

        private Target Slow => _ => _.Executes(async () =>
        {
            await Task.Yield();
            Ran.Add("slow");
        });
    }

    private sealed class Cancelled : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Owed).Executes(Note());

        private Target Owed => _ => _.DependsOn(Slow).AssuredAfterFailure().Executes(Note());

        private Target Slow => _ => _.Executes(() => Invocation.Current.IsCancelled = true).Executes(Throw("the program was stopped"));
    }

    private sealed class Hooks : RecordingBuild
    {
        public Target Bad => _ => _.Executes(Throw("no"));

        protected internal override void OnBuildCreated() => Ran.Add("created");

        protected internal override void OnBuildInitialized() => Ran.Add("initialized");

        protected internal override void OnBuildFinished() => Ran.Add("finished");
    }
}
