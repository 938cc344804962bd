// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

/// <summary>The build graph. Targets only wire: the work is done by dotnet and by the yoso program.</summary>
partial class Build : NukeBuild
{
    [Parameter("Models, e.g. softmax yoso-32; default: those of the table", Separator = "+")]
    readonly string[] Models = [];

    [Parameter("Seeds, e.g. 1 2 3", Separator = "+")]
    readonly string[] Seeds = [];

    [Parameter("smoke (minutes), nightly (hours) or paper (days)")]
    readonly string Scale = "smoke";

    [Parameter("paper (upstream's evaluation rules) or clean (better ones)")]
    readonly string Protocol = "paper";

    [Parameter("auto, cpu or cuda")]
    readonly string Device = "auto";

    [Parameter("Where jobs run: auto, local, docker or slurm")]
    readonly string Executor = "auto";

    [Parameter("Image of containers; auto: yoso-cpu or yoso-cuda")]
    readonly string? ContainerImage;

    [Parameter("DockerImage: what it starts from, with .NET 10")]
    readonly string? BaseImage;

    [Parameter("Limits of jobs; default: .nuke/resources.json")]
    readonly AbsolutePath ResourcesFile = RootDirectory / ".nuke" / "resources.json";

    [Parameter("Jobs at a time; 0 chooses")]
    readonly string Slots = "0";

    [Parameter("Checkpoints of epochs that stay: a number, or all")]
    readonly string? KeepCheckpoints;

    [Parameter("Folder or address of the original data files")]
    readonly string? DataMirror;

    [Parameter("Folder for data, runs and report; default: artifacts")]
    readonly AbsolutePath Output = RootDirectory / "artifacts";

    Target ReproduceAll => _ => _
        .Description("Everything: data, training, measurements, report")
        .DependsOn(Pretrain, Glue, Lra, Efficiency, Approximation, Report);

    /// <summary>NUKE overlooks an unknown option and a value that does not fit, so all of them are looked at here first.</summary>
    public static int Main(string[] args)
    {
        if (CommandLineCheck.Problem(args, Environment.CurrentDirectory, Variables()) is { } problem)
        {
            Console.Error.WriteLine($"build: {problem}");
            return 255;
        }

        if (Environment.GetEnvironmentVariable("BUILD_ENGINE") is { Length: > 0 } engine)
        {
            Console.WriteLine($"Build engine: {engine}");
        }

        return Execute<Build>(x => x.ReproduceAll);
    }

    static Dictionary<string, string> Variables()
        => Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>().ToDictionary(v => (string)v.Key, v => (string?)v.Value ?? "");
}
