// SPDX-License-Identifier: MIT
using CsCheck;
using Nuke.Common;
using Nuke.Common.Execution;

namespace BuildTests.Engine;

public sealed class PlanOrderTests : IDisposable
{
    private readonly BuildRun run = new();

    public void Dispose() => run.Dispose();

    [Fact]
    public void Plan_RunsDependenciesFirst_WhenTargetDependsOnThem() => Assert.Equal("Restore Compile Pack", run.Run<Graph>(x => x.Pack, "Pack").Ran);

    [Fact]
    public void Plan_IsReverseDeclarationOrder_WhenTargetsAreUnrelated() => Assert.Equal("Third Second First", run.Run<Unrelated>(x => x.First, "First", "Second", "Third").Ran);

    [Fact]
    public void Plan_IgnoresCommandLineOrder_WhenTargetsAreUnrelated() => Assert.Equal("Third Second First", run.Run<Unrelated>(x => x.First, "Third", "First", "Second").Ran);

    [Fact]
    public void Plan_RunsTheDefault_WhenNoTargetIsNamed() => Assert.Equal("First", run.Run<Unrelated>(x => x.First).Ran);

    [Fact]
    public void Plan_RunsOnlyNamedTargets_WhenDefaultIsNotNamed() => Assert.Equal("Second", run.Run<Unrelated>(x => x.First, "Second").Ran);

    [Theory]
    [InlineData("run-all")]
    [InlineData("RUNALL")]
    [InlineData("Run-All")]
    public void Plan_FindsTarget_WhenDashesAndCaseDiffer(string name) => Assert.Equal("RunAll", run.Run<Names>(x => x.RunAll, name).Ran);

    [Fact]
    public void Plan_TakesTwoTargets_WhenJoinedByPlus() => Assert.Equal("Third First", run.Run<Unrelated>(x => x.First, "--target", "First+Third").Ran);

    [Fact]
    public void Plan_OrdersOnly_WhenAfterOrBefore()
    {
        Assert.Equal("A B", run.Run<Ordered>(x => x.A, "A", "B").Ran);
        Assert.Equal("B", run.Run<Ordered>(x => x.A, "B").Ran);
        Assert.Equal("D C", run.Run<Ordered>(x => x.A, "C", "D").Ran);
    }

    [Fact]
    public void Plan_KeepsOrder_WhenItGoesThroughUnplannedTarget() => Assert.Equal("A Z", run.Run<Chained>(x => x.A, "A", "Z").Ran);

    [Fact]
    public void Plan_RunsDependent_WhenDependentFor() => Assert.Equal("Early Late", run.Run<Dependent>(x => x.Late, "Late").Ran);

    [Fact]
    public void Plan_AddsTriggeredTargetAfterwards_WhenItsTriggerRuns()
    {
        Assert.Equal("Source Prepare Triggered Last", run.Run<Triggering>(x => x.Source, "Source").Ran);
        Assert.Equal("Prepare Triggered Last", run.Run<Triggering>(x => x.Source, "Triggered").Ran);
    }

    [Fact]
    public void Plan_Fails_WhenDependenciesAreCircular()
    {
        run.Run<Circular>(x => x.A);

        Assert.Equal(-1, run.ExitCode);
        Assert.Contains("Circular dependencies between targets: A, B", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Plan_NamesAllTargets_WhenOneDoesNotExist()
    {
        run.Run<Unrelated>(x => x.First, "Nosuch");

        Assert.Equal(-1, run.ExitCode);
        Assert.Contains("Target with name 'Nosuch' does not exist. Available targets are:\n  - First\n  - Second\n  - Third\n", run.Output, StringComparison.Ordinal);
        Assert.Equal("", run.Ran);
    }

    [Fact]
    public void Plan_KeepsEveryEdge_WhenGraphIsRandom()
    {
        // Edges go from later to earlier targets: 0 execution, 1 order, 2 trigger, others none.
        Gen.Int[0, 5].Array[28].Select(Gen.Int[0, 7].Array[1, 3]).Sample((edges, wanted) =>
        {
            var targets = Enumerable.Range(0, 8).Select(i => new ExecutableTarget { Name = $"T{i}", Definition = new TargetDefinition() }).ToList();
            var e = 0;
            for (var i = 0; i < 8; i++)
            {
                for (var j = 0; j < i; j++, e++)
                {
                    (edges[e] switch { 0 => targets[i].ExecutionDependencies, 1 => targets[i].OrderDependencies, 2 => targets[i].TriggerDependencies, _ => null })?.Add(targets[j]);
                    if (edges[e] == 2)
                    {
                        targets[j].Triggers.Add(targets[i]);
                    }
                }
            }

            var plan = ExecutionPlanner.Plan(targets, [.. wanted.Select(w => $"T{w}")]);

            var edgesKept = plan.All(t => t.AllDependencies.All(d => !plan.Contains(d) || plan.IndexOf(d) < plan.IndexOf(t)));
            var closed = plan.All(t => t.ExecutionDependencies.Concat(t.Triggers).All(plan.Contains));
            var needed = plan.All(t => t.Invoked || plan.Any(o => o.ExecutionDependencies.Contains(t) || o.Triggers.Contains(t)));
            return edgesKept && closed && needed && wanted.All(w => plan.Contains(targets[w])) && plan.Distinct().Count() == plan.Count;
        });
    }

    private sealed class Graph : RecordingBuild
    {
        public Target Pack => _ => _.DependsOn(Compile).Executes(Note());

        private Target Compile => _ => _.DependsOn(Restore).Executes(Note());

        private Target Restore => _ => _.Executes(Note());
    }

    private sealed class Unrelated : RecordingBuild
    {
        public Target First => _ => _.Executes(Note());

        private Target Second => _ => _.Executes(Note());

        private Target Third => _ => _.Executes(Note());
    }

    private sealed class Names : RecordingBuild
    {
        public Target RunAll => _ => _.Executes(Note());
    }

    private sealed class Ordered : RecordingBuild
    {
        public Target A => _ => _.Executes(Note());

        private Target B => _ => _.After(A).Executes(Note());

        private Target C => _ => _.Executes(Note());

        private Target D => _ => _.Before(C).Executes(Note());
    }

    private sealed class Chained : RecordingBuild
    {
        public Target A => _ => _.Executes(Note());

        private Target Middle => _ => _.After(A).Executes(Note());

        private Target Z => _ => _.After(Middle).Executes(Note());
    }

    private sealed class Dependent : RecordingBuild
    {
        public Target Late => _ => _.Executes(Note());

        private Target Early => _ => _.DependentFor(Late).Executes(Note());
    }

    private sealed class Triggering : RecordingBuild
    {
        public Target Source => _ => _.Executes(Note());

        private Target Prepare => _ => _.After(Source).Executes(Note());

        private Target Triggered => _ => _.TriggeredBy(Source).DependsOn(Prepare).Triggers(Last).Executes(Note());

        private Target Last => _ => _.Executes(Note());
    }

    private sealed class Circular : RecordingBuild
    {
        public Target A => _ => _.DependsOn(B).Executes(Note());

        private Target B => _ => _.After(A).Executes(Note());
    }
}
