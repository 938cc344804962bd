// SPDX-License-Identifier: MIT
using Executors;
using Spectre.Console;

namespace ExecutorsTests;

/// <summary>What is read of Slurm's commands, and what is made of it.</summary>
public sealed class SlurmTextTests
{
    [Fact]
    public void Parse_ReadsATask_OfAnArrayAndAlone()
    {
        Assert.Equal(new QueueEntry("yoso-1-runs0", 12, 3, "PENDING", "Resources", "", "0:00"), SlurmQueue.Parse("yoso-1-runs0|12|3|PENDING|Resources||0:00"));
        Assert.Equal(new QueueEntry("yoso-1-data", 11, 0, "RUNNING", "None", "n1", "1-02:03:04"), SlurmQueue.Parse("yoso-1-data|11|N/A|RUNNING|None|n1|1-02:03:04"));
        Assert.Throws<ExecutorFailure>(() => SlurmQueue.Parse("slurm_load_jobs error"));
    }

    [Fact]
    public void Describe_SaysWhichExecutorsNeedNone_WhenThereIsNoSlurm()
    {
        var problem = Assert.Throws<ExecutorFailure>(() => new SlurmQueue(new Absent()).Describe());

        Assert.Equal("no Slurm here: sinfo is not in the PATH; --executor local or docker needs none", problem.Message);
    }

    [Theory]
    [InlineData("sinfo", "sinfo: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host\nsinfo: fatal: Could not establish a configuration source\n", "Slurm's commands are here, but no cluster: log in to a login node of one, or set SLURM_CONF; --executor local or docker needs none")]
    [InlineData("squeue", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)", "the cluster's controller does not answer: try again later (scontrol ping), or ask the cluster's staff")]
    [InlineData("sbatch", "sbatch: error: invalid partition specified: nosuch\nsbatch: error: Batch job submission failed: Invalid partition name specified", "sbatch: invalid partition specified: nosuch: change partition in the resources file; sinfo -s lists them")]
    [InlineData("sbatch", "sbatch: error: Memory specification can not be satisfied", "sbatch: Memory specification can not be satisfied: no node has so much: lower memory in the resources file; sinfo -o '%n %m' lists what nodes have, in MB")]
    [InlineData("sbatch", "sbatch: error: something new", null)]
    public void Refusal_SaysWhatToDo_WhenSlurmRefuses(string program, string words, string? line) => Assert.Equal(line, SlurmAdvice.Refusal(program, words));

    private sealed class Absent : ICommands
    {
        public CommandResult Run(string program, params string[] arguments) => new(CommandResult.Missing, "", $"{program}: not found");
    }

    [Theory]
    [InlineData("PENDING", "Resources", null)]
    [InlineData("PENDING", "BeginTime", null)]
    [InlineData("RUNNING", "None", null)]
    [InlineData("PENDING", "JobHeldUser", "held by its user: scontrol release 7")]
    [InlineData("PENDING", "ReqNodeNotAvail,_UnavailableNodes:n1", "the nodes that it needs are down or reserved: sinfo -R tells why")]
    [InlineData("PENDING", "launch_failed_requeued_held", "a node could not start it and Slurm holds it: look at the log, then scontrol release 7")]
    [InlineData("REQUEUE_HOLD", "something", "REQUEUE_HOLD (something): scontrol release 7")]
    [InlineData("SUSPENDED", "None", "suspended: scontrol resume 7, if you may")]
    public void Advice_IsGiven_WhenWaitingDoesNotHelp(string state, string reason, string? advice) => Assert.Equal(advice, SlurmAdvice.Of(new QueueEntry("x", 7, 0, state, reason, "", "")));

    [Theory]
    [InlineData("FAILED", "9:0", "exit code 9")]
    [InlineData("FAILED", "0:9", "killed by signal 9")]
    [InlineData("TIMEOUT", "0:0", "ended at its time limit of 01:00:00: raise time in the resources file; it resumes from its checkpoint")]
    [InlineData("OUT_OF_MEMORY", "0:125", "out of memory: raise memory in the resources file")]
    [InlineData("NODE_FAIL", "0:0", "its node n1 failed: run the same command again")]
    public void Failure_SaysWhy_WhenATaskEnds(string state, string exit, string why)
        => Assert.Equal(why, SlurmAdvice.Failure(new QueueEntry("x", 7, 0, state, "None", "n1", ""), new Dictionary<string, string> { ["ExitCode"] = exit, ["TimeLimit"] = "01:00:00" }));

    [Theory]
    [InlineData("90", 5400)]
    [InlineData("10:30", 630)]
    [InlineData("04:00:00", 14400)]
    [InlineData("2-12", 216000)]
    [InlineData("1-00:00:01", 86401)]
    public void Seconds_ReadsSlurmsSpellings_OfATimeLimit(string time, long seconds)
    {
        Assert.Equal(seconds, BatchScript.Seconds(time));
        Assert.InRange(BatchScript.Notice(time), 1, 120);
    }

    [Theory]
    [InlineData("plain-1.0/x", "plain-1.0/x")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's $HOME", @"'it'\''s $HOME'")]
    public void Quote_MakesOneWordForBash_OfAnything(string word, string quoted)
    {
        Assert.Equal(quoted, BatchScript.Quote(word));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no bash there");
        Assert.Equal(word, Shell.Run($"printf %s {quoted}"));
    }

    [Fact]
    public void Script_GivesPyxisItsImageAndFolders_WhenTheResourcesNameIt()
    {
        var resources = new Resources { Slurm = new SlurmSettings { Container = new ContainerSettings { Kind = "pyxis", Image = "registry#yoso:1", Options = ["--no-container-mount-home"] } } };

        var text = new BatchScript(new ProgramSnapshot("/out/program/1/yoso.dll", "/torch"), resources, Runs.Request("/out", "lra")).Runs("/out/list.txt", "/out/slurm/x", null, gpu: true);

        Assert.Contains("srun --container-image='registry#yoso:1' --container-mounts=/out:/out,/torch:/torch,/torch:/yoso/libtorch --no-container-mount-home dotnet /out/program/1/yoso.dll \"${arguments[@]}\" &", text, StringComparison.Ordinal);
        Assert.Contains("export YOSO_IMAGE='registry#yoso:1'", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_HasThoseThatNeedAPersonFirst_WhenThereAreMany()
    {
        var tasks = Enumerable.Range(0, 40).Select(i => new TaskView($"run {i}", $"1_{i}", i < 20 ? "COMPLETED" : "PENDING", "", "0:00", "", false)).Append(new TaskView("held", "1_40", "PENDING", "", "0:00", "release it", true)).Append(new TaskView("busy", "1_41", "RUNNING", "n1", "1:00", "step 3", false)).ToArray();
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 100;

        console.Write(new ClusterTable(console).Table(tasks));

        string[] rows = [.. writer.ToString().Split('\n').Where(l => l.Contains(" 1_", StringComparison.Ordinal))];
        Assert.Equal(30, rows.Length);
        Assert.Contains("needs you: release it", rows[0], StringComparison.Ordinal);
        Assert.Contains("busy", rows[1], StringComparison.Ordinal);
        Assert.Contains("42 runs: 20 completed, 21 pending, 1 running", writer.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Table_HasOneLineForEachRun_OnATerminalOf80Columns()
    {
        TaskView[] tasks = [.. new[] { "softmax", "yoso-32", "yoso-c-16" }.Select((m, i) => new TaskView($"lra/listops/{m} s1", $"8_{i}", "COMPLETING", "node12", "1:02:03", "step    50  dev  loss 2.223  accuracy  26.1 %  59.5 step/s  0:00:05 left", false))];
        var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 80;

        console.Write(new ClusterTable(console).Table(tasks));

        string[] rows = [.. writer.ToString().Split('\n').SkipWhile(l => !l.Contains("s1", StringComparison.Ordinal)).TakeWhile(l => l.Contains("lra/", StringComparison.Ordinal))];
        Assert.Equal(3, rows.Length);
        Assert.All(rows, r => Assert.Contains("step 50 dev", r, StringComparison.Ordinal));
        Assert.All(writer.ToString().Split('\n'), l => Assert.True(l.TrimEnd().Length <= 80, l));
    }
}
