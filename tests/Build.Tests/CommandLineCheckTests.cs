// SPDX-License-Identifier: MIT
namespace BuildTests;

public sealed class CommandLineCheckTests : IDisposable
{
    private readonly BuildRun run = new();

    public CommandLineCheckTests() => run.File("parameters.smoke.json", """{ "Scale": "smoke" }""").File("parameters.paper.json", """{ "Scale": "paper", "Seeds": ["1", "2"] }""");

    public void Dispose() => run.Dispose();

    [Theory]
    [InlineData]
    [InlineData("lra-listops", "TEST", "--models", "softmax", "yoso-32", "--seeds", "1", "2")]
    [InlineData("Lra+Report", "--skip")]
    [InlineData("--DataMirror", "https://example.org/data", "-slots", "4", "--no-logo")]
    [InlineData("--profile", "paper", "--scale", "nightly", "--executor", "local", "--device", "cuda")]
    [InlineData("--target", "Lra", "Report", "--skip", "Data", "--verbosity", "Quiet", "--continue", "--plan")]
    public void Problem_IsNull_WhenAllIsWell(params string[] args) => Assert.Null(Problem(args));

    [Theory]
    [InlineData("unknown option '--modles': did you mean '--models'? known: --models, --seeds,", "--modles", "softmax")]
    [InlineData("'--scale=smoke' is not understood: write --scale smoke", "--scale=smoke")]
    [InlineData("--scale: unknown scale 'papper': did you mean 'paper'? known: paper, smoke, nightly", "--scale", "papper")]
    [InlineData("--scale needs a value", "--scale")]
    [InlineData("--scale takes one value, found 'smoke Lra'; targets come before the options", "--scale", "smoke", "Lra")]
    [InlineData("--no-logo takes no value, found 'Lra'; targets come before the options", "--no-logo", "Lra")]
    [InlineData("unknown target 'LraListop': did you mean 'LraListops'? known: LraListops, ", "LraListop")]
    [InlineData("unknown target 'Nope': known: ReproduceAll, ", "Lra", "Nope")]
    [InlineData("--skip: unknown target 'Reprot': did you mean 'Report'?", "--skip", "Reprot")]
    [InlineData("--target: unknown target 'Reprot': did you mean 'Report'?", "--target", "Lra+Reprot")]
    [InlineData("--models: unknown model 'yoso-23': did you mean 'yoso-32'? known: yoso-32, ", "--models", "softmax", "yoso-23")]
    [InlineData("--models: unknown model 'yoso-23':", "--models", "softmax+yoso-23")]
    [InlineData("--device: unknown device 'cudo': did you mean 'cuda'?", "--device", "cudo")]
    [InlineData("--executor: unknown executor 'slrm': did you mean 'slurm'? known: slurm, auto, local, docker", "--executor", "slrm")]
    [InlineData("--seeds: bad seed '1.5': need a whole number, 0 to 2147483647", "--seeds", "1", "1.5")]
    [InlineData("--seeds: bad seed '99999999999': need a whole number", "--seeds", "99999999999")]
    [InlineData("--keep-checkpoints: bad number of checkpoints 'some': need a number from 0, or all", "--keep-checkpoints", "some")]
    [InlineData("--slots: bad number of slots '1000': need a whole number, 0 to 256", "--slots", "1000")]
    [InlineData("--data-mirror: no such folder '/nowhere/at/all'", "--data-mirror", "/nowhere/at/all")]
    [InlineData("--profile: unknown profile 'papr': did you mean 'paper'? known: paper, smoke", "--profile", "papr")]
    [InlineData("--verbosity: unknown verbosity 'loud': known: verbose, normal, minimal, quiet", "--verbosity", "loud")]
    public void Problem_NamesTheWordAndTheNearest_WhenItIsWrong(string start, params string[] args)
    {
        var problem = Problem(args);

        Assert.NotNull(problem);
        Assert.StartsWith(start, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Theory]
    [InlineData("SCALE", "tiny", "environment variable SCALE: unknown scale 'tiny': known: smoke, nightly, paper")]
    [InlineData("NUKE_MODELS", "softmax+soft", "environment variable NUKE_MODELS: unknown model 'soft':")]
    [InlineData("Target", "Lar", "environment variable Target: unknown target 'Lar': did you mean 'Lra'?")]
    [InlineData("PROFILE", "prod", "environment variable PROFILE: unknown profile 'prod': known: smoke, paper")]
    public void Problem_NamesTheVariable_WhenItsValueIsWrong(string name, string value, string start)
    {
        run.Variables[name] = value;

        Assert.StartsWith(start, Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_IsNull_WhenTheCommandLineOverridesAWrongVariable()
    {
        run.Variables["SCALE"] = "tiny";

        Assert.Null(Problem("--scale", "smoke"));
    }

    [Theory]
    [InlineData("""{ "Scael": "smoke" }""", ".nuke/parameters.paper.json: unknown parameter 'Scael': did you mean 'Scale'?")]
    [InlineData("""{ "Seeds": ["one"] }""", ".nuke/parameters.paper.json: --seeds: bad seed 'one'")]
    [InlineData("""{ "Scale": ["smoke", "paper"] }""", ".nuke/parameters.paper.json: --scale takes one value")]
    [InlineData("""{ "Scale": """, ".nuke/parameters.paper.json is not JSON: ")]
    [InlineData("""["Scale"]""", ".nuke/parameters.paper.json is not a JSON object")]
    public void Problem_NamesTheFile_WhenAProfileIsWrong(string text, string start)
    {
        run.File("parameters.paper.json", text);

        Assert.Null(Problem("--profile", "smoke"));
        Assert.StartsWith(start, Problem("--profile", "paper"), StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_ReadsTheDefaultFile_WhenNoProfileIsNamed()
    {
        run.File("parameters.json", """{ "$schema": "x", "Device": "tpu" }""");

        Assert.StartsWith(".nuke/parameters.json: --device: unknown device 'tpu'", Problem(), StringComparison.Ordinal);
    }

    [Fact]
    public void Problem_SaysWhereToRun_WhenOutsideTheRepository()
    {
        Directory.Delete(Path.Combine(run.Folder, ".nuke"), recursive: true);

        Assert.StartsWith("no .nuke folder in ", Problem(), StringComparison.Ordinal);
        Directory.CreateDirectory(Path.Combine(run.Folder, ".nuke"));
    }

    [Fact]
    public void Problem_UsesTheGivenRoot_WhenThereIsOne()
        => Assert.Null(CommandLineCheck.Problem(["--root", run.Folder, "--profile", "paper"], Path.GetPathRoot(run.Folder)!, run.Variables));

    private string? Problem(params string[] args) => CommandLineCheck.Problem(args, run.Folder, run.Variables);
}
