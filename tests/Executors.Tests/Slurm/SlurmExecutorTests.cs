// SPDX-License-Identifier: MIT
using Executors;

namespace ExecutorsTests;

/// <summary>A real controller and two nodes run real smoke jobs.</summary>
[Collection<ClusterTests>]
public sealed class SlurmExecutorTests(TestCluster cluster, LocalRuns locals) : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-cluster-");
    private readonly StringWriter _console = new();

    private string Output => Path.Combine(_folder.FullName, "out");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Log => _console.ToString();

    public void Dispose()
    {
        if (cluster.Obstacle is null)
        {
            Shell.Try("scancel --user root");
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Runs_HaveTheBitsOfLocalOnes_WhenTheWatcherDiesAndANodeIsKilled()
    {
        cluster.SkipWithoutIt();
        var request = Runs.Request(Output, "lra/listops", "--models", "none", "yoso-32");

        // The watcher is lost as soon as a run trains: nothing of the cluster's jobs may change.
        using (var lost = new CancellationTokenSource())
        {
            var first = Executor(new Watcher(_console, " running on n1", lost.Cancel), cancels: false);
            var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => first.RunJobs(request, lost.Token));
            Assert.StartsWith("stopped watching; the cluster's jobs go on", problem.Message, StringComparison.Ordinal);
        }

        await Until(() => Directory.GetFiles(Path.Combine(Output, "slurm"), "*.log", SearchOption.AllDirectories).Any(f => File.ReadAllText(f).Contains("  step ", StringComparison.Ordinal)));
        cluster.KillNode("n1", jobsLive: false);

        var results = await Executor(_console).RunJobs(request, Token);

        Assert.True(results.All(r => r.Outcome == "finished"), Log);
        Assert.Contains("found 2 runs in the queue: jobs ", Log, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Output, "submission.json", SearchOption.AllDirectories));
        Assert.Contains("restart 1", string.Concat(Directory.GetFiles(Path.Combine(Output, "slurm"), "*.log", SearchOption.AllDirectories).Select(File.ReadAllText)), StringComparison.Ordinal);
        Runs.AssertSameBits(locals.Of("lra/listops/none"), Output, "none");
        Runs.AssertSameBits(locals.Of("lra/listops/yoso-32"), Output, "yoso-32");
        await Until(() => File.Exists(Path.Combine(Output, "report", "report.html")));
        cluster.StartNode("n1");
    }

    [Fact]
    public async Task Run_IsNotDamagedByItsTwin_WhenTheNodeOnlySeemedDead()
    {
        cluster.SkipWithoutIt();
        var request = Runs.Request(Output, "lra/listops/yoso-32");
        string? node = null;
        var watcher = new Watcher(_console, " running on ", () =>
        {
            // Slurm believes the node dead and starts the run elsewhere, while its first process trains on.
            node = Log.Split(" running on ")[1][..2];
            Thread.Sleep(2000);
            cluster.KillNode(node, jobsLive: true);
            Shell.Run($"scontrol update nodename={node} state=down reason=test");
        });

        var results = await Executor(watcher).RunJobs(request, Token);

        Assert.True(results.Single().Outcome == "finished", Log);
        Runs.AssertSameBits(locals.Of("lra/listops/yoso-32"), Output);
        Assert.Contains("restart 1", TaskLogs(), StringComparison.Ordinal);
        Shell.Try($"scontrol update nodename={node} state=resume");
        cluster.StartNode(node!);
    }

    [Fact]
    public async Task Runs_EndWithCheckpoints_OnCtrlC()
    {
        cluster.SkipWithoutIt();
        using var stop = new CancellationTokenSource();
        var running = Executor(_console, cancels: true).RunJobs(Runs.Request(Output, "lra/listops/yoso-32"), stop.Token);
        await Until(() => TaskLogs().Contains("  step ", StringComparison.Ordinal));

        await stop.CancelAsync();
        var results = await running;

        Assert.Equal("stopped", results.Single().Outcome);
        await Until(() => Directory.GetFiles(Output, "*.checkpoint", SearchOption.AllDirectories).Length == 1);
        Assert.Equal("", Shell.Run("squeue -h -u root"));
        Assert.Equal(0, SlurmExecutor.CancelAll(new Commands("/"), Output));
    }

    [Fact]
    public async Task Runs_AreFoundByName_WhenTheBuildDiedBeforeItNotedTheirNumber()
    {
        cluster.SkipWithoutIt();
        var request = Runs.Request(Output, "lra/listops/none");
        // It begins late, so that it has not ended, on a busy machine, before the second build looks.
        var submitted = Executor(_console, resources: Settings with { Slurm = Settings.Slurm with { Options = ["--begin=now+8"] } }).Submit(request).Single();
        var note = submitted.Submission with { Parts = [.. submitted.Submission.Parts.Select(p => p with { Job = null })] };
        note.Save(Output);

        var results = await Executor(_console).RunJobs(request, Token);

        Assert.Equal("finished", results.Single().Outcome);
        Assert.Equal(submitted.Submission.Parts.Select(p => p.Job), Submission.Load(Output).Single().Parts.Select(p => p.Job));
    }

    [Fact]
    public async Task Run_IsRefused_WhileAnotherBuildOfTheProgramRunsIt()
    {
        cluster.SkipWithoutIt();
        var request = Runs.Request(Output, "lra/listops/none");
        var submitted = Executor(_console, resources: Settings with { Slurm = Settings.Slurm with { Options = ["--hold"] } }).Submit(request).Single();
        (submitted.Submission with { Program = "/another/program" }).Save(Output);

        var problem = await Assert.ThrowsAsync<ExecutorFailure>(() => Executor(_console).RunJobs(request, Token));

        Assert.Equal($"1 of these runs are in the queue with another build of the program (jobs {submitted.Part.Job}): wait for them, or end them with ./build.sh SlurmCancel", problem.Message);
        Assert.Equal(3, SlurmExecutor.CancelAll(new Commands("/"), Output));
    }

    [Fact]
    public async Task Run_QueuesItselfAgain_WhenItsTimeIsNearlyOver()
    {
        cluster.SkipWithoutIt();
        var running = Executor(_console).RunJobs(Runs.Request(Output, "lra/listops/none"), Token);
        await Until(() => TaskLogs().Contains("  step ", StringComparison.Ordinal));

        // What --signal=B:USR1@120 does two minutes before the limit.
        Shell.Run("scancel --batch --signal=USR1 $(squeue -h -t running -u root -o %A)");
        var results = await running;

        Assert.True(results.Single().Outcome == "finished", Log + TaskLogs());
        Assert.Contains("near its time limit: queued again", TaskLogs(), StringComparison.Ordinal);
        Runs.AssertSameBits(locals.Of("lra/listops/none"), Output);
    }

    [Fact]
    public async Task Watcher_SaysWhatAPersonHasToDo_WhenWaitingDoesNotHelp()
    {
        cluster.SkipWithoutIt();
        using var stop = new CancellationTokenSource();
        var resources = Settings with { Defaults = Settings.Defaults with { Partition = "short", Time = "00:10:00" } };
        var running = Executor(new Watcher(_console, "needs you: its time is above", stop.Cancel), cancels: true, resources).RunJobs(Runs.Request(Output, "lra/listops/none"), stop.Token);

        Assert.Equal("stopped", (await running).Single().Outcome);
        Assert.Contains("needs you: its time is above the partition's limit: lower time in the resources file", Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_Fail_WhenTheirDataOrTheirNodeCannot()
    {
        cluster.SkipWithoutIt();
        var broken = Settings with { Slurm = Settings.Slurm with { Setup = ["echo no such module >&2; exit 9"] } };

        var withoutData = await Executor(_console, resources: broken).RunJobs(Runs.Request(Output, "lra/listops/none"), Token);
        Runs.Program.PrepareData("listops", Runs.Request(Output, "lra/listops/none"));
        var alone = await Executor(_console, resources: broken).RunJobs(Runs.Request(Output, "lra/listops/none"), Token);

        Assert.Equal(("failed", true), (withoutData.Single().Outcome, withoutData.Single().Reason!.StartsWith("what it waits for has failed", StringComparison.Ordinal)));
        Assert.StartsWith("exit code 9 (log: ", alone.Single().Reason, StringComparison.Ordinal);
        Assert.Throws<ExecutorFailure>(() => JobResults.Conclude(alone, Output, _console));
        Assert.Contains("exit code 9", File.ReadAllText(Directory.GetFiles(Output, "failure.json", SearchOption.AllDirectories).Single()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Container_GetsItsOptions_WhenTheResourcesNameOne()
    {
        cluster.SkipWithoutIt();
        // Stands in for Apptainer, which Debian does not have: notes its words and runs what comes behind the image.
        var bin = Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")).FullName;
        File.WriteAllText(Path.Combine(bin, "apptainer"), $"#!/bin/bash\necho \"$@\" >>{_folder.FullName}/words\nwhile [ \"$1\" != image.sif ]; do shift; done; shift; exec \"$@\"\n");
        Shell.Run($"chmod 755 {bin}/apptainer");
        var resources = Settings with { Slurm = Settings.Slurm with { Setup = [$"export PATH={bin}:$PATH"], Container = new ContainerSettings { Image = "image.sif", Options = ["--contain"] } } };

        var results = await Executor(_console, resources: resources).RunJobs(Runs.Request(Output, "lra/listops/none"), Token);

        Assert.True(results.Single().Outcome == "finished", Log + TaskLogs());
        Assert.StartsWith($"exec --bind {Output}:{Output},", File.ReadAllLines(Path.Combine(_folder.FullName, "words"))[0], StringComparison.Ordinal);
        Assert.Contains(" --contain image.sif dotnet ", File.ReadAllText(Path.Combine(_folder.FullName, "words")), StringComparison.Ordinal);
        Assert.Equal("image.sif", (string?)Runs.Record(Output)["fingerprint"]!["image"]);
    }

    private static Resources Settings { get; } = new() { Defaults = new JobResources { Memory = "2G", Cpus = 1, Time = "01:00:00" }, Slurm = new SlurmSettings { PollSeconds = 0.5 } };

    private SlurmExecutor Executor(TextWriter console, bool cancels = false, Resources? resources = null) => new(
        new SlurmOptions(Repository.Program, "0123abc+"), resources ?? Settings, Runs.Program, new Commands(_folder.FullName), new ClusterLines(console), TimeProvider.System, () => cancels, console);

    private string TaskLogs() => !Directory.Exists(Path.Combine(Output, "slurm")) ? ""
        : string.Concat(Directory.GetFiles(Path.Combine(Output, "slurm"), "*.log", SearchOption.AllDirectories).Select(File.ReadAllText));

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(100, Token);
        }
    }
}
