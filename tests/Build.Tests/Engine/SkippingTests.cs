// SPDX-License-Identifier: MIT
using Nuke.Common;

namespace BuildTests.Engine;

public sealed class SkippingTests : IDisposable
{
    private readonly BuildRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void OnlyWhenStatic_SkipsDependenciesToo_WhenNotMet()
    {
        run.Run<Static>(x => x.Last);

        Assert.Equal("Last", run.Ran);
        Assert.Equal(["Needed Skipped // Skipped: because of Guarded", "Guarded Skipped // OnlyWhen: HasGpu && HasDisk", "Last Succeeded < 1sec"], run.Rows);
        Assert.Equal(0, run.ExitCode);
    }

    [Fact]
    public void OnlyWhenStatic_SkipsTarget_WhenItWasNamed() => Assert.Equal("", run.Run<Static>(x => x.Last, "Guarded").Ran);

    [Fact]
    public void OnlyWhenStatic_KeepsDependency_WhenAnotherTargetNeedsIt() => Assert.Equal("Needed Other", run.Run<Static>(x => x.Last, "Guarded", "Other").Ran);

    [Fact]
    public void WhenSkippedExecute_KeepsDependencies_WhenTargetIsSkipped() => Assert.Equal("Needed", run.Run<Static>(x => x.Last, "Lenient").Ran);

    [Fact]
    public void OnlyWhenDynamic_SkipsAfterDependenciesHaveRun_WhenNotMet()
    {
        run.Run<Dynamic>(x => x.Last);

        Assert.Equal("Needed Last", run.Ran);
        Assert.Equal(["Needed Succeeded < 1sec", "Guarded Skipped // OnlyWhen: Ran.Count == 0", "Last Succeeded < 1sec"], run.Rows);
    }

    [Fact]
    public void Condition_FailsTheBuild_WhenItThrows()
    {
        run.Run<Throwing>(x => x.Guarded);

        Assert.Equal(-1, run.ExitCode);
        Assert.Contains("A condition of Guarded has thrown an exception: no answer", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Skip_TakesWhatOnlyItNeeds_WhenNamed()
    {
        run.Run<Chain>(x => x.Last, "Last", "--skip", "middle");

        Assert.Equal("Last", run.Ran);
        Assert.Equal(["First Skipped // Skipped: because of Middle", "Middle Skipped // Skipped: via parameter", "Last Succeeded < 1sec"], run.Rows);
    }

    [Fact]
    public void Skip_LeavesOnlyNamedTargets_WhenItNamesNone() => Assert.Equal("Last", run.Run<Chain>(x => x.Last, "Last", "--skip").Ran);

    [Fact]
    public void Skip_TakesTheDefault_WhenItWasNotNamed() => Assert.Equal("", run.Run<Chain>(x => x.Last, "--skip", "Last").Ran);

    [Fact]
    public void Skip_LeavesInvokedTarget_WhenItIsBothNamedAndSkipped() => Assert.Contains("Last", run.Run<Chain>(x => x.Last, "Last", "--skip", "Last").Ran, StringComparison.Ordinal);

    [Fact]
    public void Continue_SkipsFinishedTargets_WhenTheInvocationIsTheSame()
    {
        run.Run<Resumable>(x => x.Last, "Last");
        Assert.Equal("First Flaky", run.Ran);

        run.File("repaired", "").Run<Resumable>(x => x.Last, "Last", "--continue");

        Assert.Equal("Flaky Last", run.Ran);
        Assert.Equal(["First Skipped", "Flaky Succeeded < 1sec", "Last Succeeded < 1sec"], run.Rows);
    }

    [Fact]
    public void Continue_StartsAgain_WhenOtherTargetsAreNamed()
    {
        run.Run<Resumable>(x => x.Last, "Last");

        run.File("repaired", "").Run<Resumable>(x => x.Last, "Last", "First", "--continue");

        Assert.Equal("First Flaky Last", run.Ran);
        Assert.Contains("Build invocation changed. Restarting ...", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Requires_StopsBeforeAnyTarget_WhenConditionIsNotMet()
    {
        run.Run<Requiring>(x => x.Condition);

        Assert.Equal(-1, run.ExitCode);
        Assert.Equal("", run.Ran);
        Assert.Contains("Target 'Condition' requires 'HasDisk'", run.Output, StringComparison.Ordinal);
        Assert.Equal(["First NotRun", "Condition NotRun"], run.Rows);
    }

    [Theory]
    [InlineData("Text", "ApiKey")]
    [InlineData("Number", "Count")]
    public void Requires_NamesMember_WhenItHasNoValue(string target, string member)
    {
        run.Run<Requiring>(x => x.Condition, target);

        Assert.Equal(-1, run.ExitCode);
        Assert.Contains($"Target '{target}' requires member '{member}' to be not null or empty", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Requires_IsMet_WhenMembersHaveValues() => Assert.Equal("Number Text", run.Run<Requiring>(x => x.Condition, "Number", "Text", "--api-key", "k", "--count", "2").Ran);

    [Fact]
    public void Requires_IsNotAsked_WhenTargetIsSkipped() => Assert.Equal(0, run.Run<Requiring>(x => x.Condition, "--skip", "Condition").ExitCode);

    private sealed class Static : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Guarded).Executes(Note());

        private static bool HasGpu => false;

        private static bool HasDisk => false;

        private Target Guarded => _ => _.DependsOn(Needed).OnlyWhenStatic(() => HasGpu).OnlyWhenStatic(() => HasDisk).Executes(Note());

        private Target Lenient => _ => _.DependsOn(Needed).OnlyWhenStatic(() => HasGpu).WhenSkipped(DependencyBehavior.Execute).Executes(Note());

        private Target Other => _ => _.DependsOn(Needed).Executes(Note());

        private Target Needed => _ => _.Executes(Note());
    }

    private sealed class Dynamic : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Guarded).Executes(Note());

        private Target Guarded => _ => _.DependsOn(Needed).OnlyWhenDynamic(() => Ran.Count == 0).Executes(Note());

        private Target Needed => _ => _.Executes(Note());
    }

    private sealed class Throwing : RecordingBuild
    {
        public Target Guarded => _ => _.OnlyWhenStatic(() => Ask()).Executes(Note());

        private static bool Ask() => throw new InvalidOperationException("no answer");
    }

    private sealed class Chain : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Middle).Executes(Note());

        private Target Middle => _ => _.DependsOn(First).Executes(Note());

        private Target First => _ => _.Executes(Note());
    }

    private sealed class Resumable : RecordingBuild
    {
        public Target Last => _ => _.DependsOn(Flaky).Executes(Note());

        private Target Flaky => _ => _.DependsOn(First).Executes(() =>
        {
            Note(nameof(Flaky))();
            Nuke.Common.Assert.True(File.Exists(RootDirectory / ".nuke" / "repaired"));
        });

        private Target First => _ => _.Executes(Note());
    }

    private sealed class Requiring : RecordingBuild
    {
        [Parameter] private readonly string? ApiKey;
        [Parameter] private readonly int? Count;

        public Target Condition => _ => _.DependsOn(First).Requires(() => HasDisk).Executes(Note());

        private bool HasDisk => Count > 5;

        private Target Text => _ => _.Requires(() => ApiKey!).Executes(Note());

        private Target Number => _ => _.Requires(() => Count).Executes(Note());

        private Target First => _ => _.Executes(Note());
    }
}
