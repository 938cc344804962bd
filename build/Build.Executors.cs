// SPDX-License-Identifier: MIT
using Executors;
using Nuke.Common;
using Nuke.Common.Execution;
using Nuke.Common.IO;
using Serilog;
using Spectre.Console;

partial class Build
{
    /// <summary>
    /// The selection of each target that runs jobs. A cluster gets those of all scheduled targets at once, or the second target's runs
    /// would wait in this build and not in its queue.
    /// </summary>
    internal static Dictionary<string, string> JobTargets { get; } = new()
    {
        [nameof(PretrainBert)] = "pretrain/bert",
        [nameof(PretrainRoberta)] = "pretrain/roberta",
        [nameof(Glue)] = "glue",
        [nameof(GlueSst2)] = "glue/sst-2",
        [nameof(GlueMrpc)] = "glue/mrpc",
        [nameof(GlueQnli)] = "glue/qnli",
        [nameof(GlueQqp)] = "glue/qqp",
        [nameof(GlueMnli)] = "glue/mnli",
        [nameof(GlueCola)] = "glue/cola",
        [nameof(GlueRte)] = "glue/rte",
        [nameof(GlueStsb)] = "glue/sts-b",
        [nameof(WikiHop)] = "qa/wikihop",
        [nameof(LraListops)] = "lra/listops",
        [nameof(LraText)] = "lra/text",
        [nameof(LraRetrieval)] = "lra/retrieval",
        [nameof(LraImage)] = "lra/image",
        [nameof(LraPathfinder)] = "lra/pathfinder",
    };

    /// <summary>Hands the jobs of a selection to the executor.</summary>
    void RunJobs(string selection)
    {
        if (ChildProcess.Interrupted)
        {
            throw new ChildFailed("stopped before it started"); // a target goes on after another's failure, but not after Ctrl+C
        }

        using var interrupts = new Interrupts();
        var executor = ChooseExecutor(interrupts);
        if (executor is SlurmExecutor slurm)
        {
            foreach (var later in ExecutionPlan.Where(t => t.Status == ExecutionStatus.Scheduled && JobTargets.ContainsKey(t.Name)))
            {
                slurm.Submit(Request(JobTargets[later.Name]));
            }
        }

        executor.Run(Request(selection), interrupts.Token);
    }

    /// <summary>Makes the data set of a task, unless a job of the cluster will.</summary>
    void MakeData(string task)
    {
        if (Executor == "slurm" && ResourceSettings.Slurm.Data == "job")
        {
            Log.Information("{Task:l}: a job of the cluster makes its data", task);
            return;
        }

        Yoso(["data", task, "--scale", Scale, .. ProtocolOption, .. Mirror, .. OutputFolder]);
    }

    JobRequest Request(string selection) => new()
    {
        Selection = selection,
        Options = JobOptions,
        Output = Output,
        DataMirror = DataMirror is null || DataMirror.Contains("://", StringComparison.Ordinal) ? DataMirror : Path.GetFullPath(DataMirror),
        Scale = Scale,
        KeepCheckpoints = KeepCheckpoints,
        Slots = int.Parse(Slots, System.Globalization.CultureInfo.InvariantCulture),
    };

    IExecutor ChooseExecutor(Interrupts interrupts)
    {
        var choice = ExecutorChoice.Choose(Executor, ContainerImage != null, DockerProblem);
        if (choice.Why is { } why)
        {
            Log.Information("Executor: {Name:l} ({Why:l})", choice.Name, why);
        }

        return choice.Name switch
        {
            "slurm" => new SlurmExecutor(new SlurmOptions(ProgramFile!, Commit), ResourceSettings, Program, CommandsHere, ClusterDisplays.Of(Console.Out), TimeProvider.System, () => interrupts.ByKeyboard, Console.Out),
            "docker" => new DockerExecutor(DockerOptions, ResourceSettings, Program, CommandsHere, RootDirectory, Console.Out),
            _ => new LocalExecutor(ProgramFile!, RootDirectory),
        };
    }

    Target SlurmCancel => _ => _
        .Description("Ends the cluster's jobs of this output folder")
        .Executes(() => Console.WriteLine($"{SlurmExecutor.CancelAll(CommandsHere, Output)} tasks cancelled"));

    /// <summary>In the columns of yoso doctor.</summary>
    void SayWhereJobsCanRun()
    {
        var findings = new MachineFindings(DockerEngine.UsualEndpoint, RootDirectory, ResourcesFile, CommandsHere).Find(CancellationToken.None).GetAwaiter().GetResult();
        var choice = ExecutorChoice.Choose("auto", ContainerImage != null, DockerProblem);
        var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2).Width(13)).AddColumn();
        foreach (var (name, value) in findings.Append(("executor", $"{choice.Name} ({choice.Why})")))
        {
            grid.AddRow(new Text(name), new Text(value));
        }

        AnsiConsole.Write(grid);
    }

    static Commands CommandsHere => new(RootDirectory);

    static YosoProgram Program => new(ProgramFile!, RootDirectory, CommandsHere);

    Resources ResourceSettings => ResourcesFile.FileExists() ? Resources.Load(ResourcesFile) : new Resources();
}
