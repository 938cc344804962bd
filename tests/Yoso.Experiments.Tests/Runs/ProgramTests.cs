// SPDX-License-Identifier: MIT
using System.Text.Json;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>The program from outside: what it runs again, what it leaves, what it says.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("yoso-program-");

    [Fact]
    public async Task Run_GivesTheSameBitsForAnyNumberOfSlots_AndRunsNothingTwice()
    {
        var (one, two) = (At("one"), At("two"));
        var first = await ProgramRuns.Run("run", "lra/listops", "--models", "none", "yoso-16", "--slots", "1", "--output", one);
        var second = await ProgramRuns.Run("run", "lra/listops", "--models", "none", "yoso-16", "--slots", "2", "--output", two);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        string[] files = ["metrics.csv", "weights.safetensors", "config.json"];
        foreach (var file in Directory.GetFiles(one, "*", SearchOption.AllDirectories).Where(f => files.Contains(Path.GetFileName(f))))
        {
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(file.Replace(one, two, StringComparison.Ordinal)));
        }

        var again = await ProgramRuns.Run("run", "lra/listops", "--models", "none", "yoso-16", "--output", one);
        Assert.Contains("jobs: 2 cached", again.Output, StringComparison.Ordinal);
        var plan = await ProgramRuns.Run("plan", "lra/listops", "--models", "none", "yoso-32", "--output", one, "--json");
        var actions = JsonDocument.Parse(plan.Output).RootElement.EnumerateArray().Select(j => j.GetProperty("action").GetString());
        Assert.Equal(["cached", "run"], actions);
        Assert.Contains("(2 runs, 0 failed)", (await ProgramRuns.Run("report", "--output", one)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_LosesOneCellOnly_WhenAJobFails()
    {
        var output = At("failing");
        Assert.Equal(0, (await ProgramRuns.Run("run", "lra/listops/none", "--output", output)).ExitCode);
        var train = Assert.Single(Directory.GetFiles(output, "train.seq", SearchOption.AllDirectories));
        byte original;
        using (var stream = new FileStream(train, FileMode.Open))
        {
            stream.Seek(-2, SeekOrigin.End);
            original = (byte)stream.ReadByte();
            stream.Seek(-2, SeekOrigin.End);
            stream.WriteByte((byte)(original ^ 0x20));
        }

        var run = await ProgramRuns.Run("run", "lra/listops/softmax", "lra/listops/none", "--output", output);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("jobs: 1 cached, 1 failed", run.Output, StringComparison.Ordinal);
        Assert.Contains("log: ", run.Errors, StringComparison.Ordinal);
        var report = await ProgramRuns.Run("report", "--output", output);
        Assert.Contains("(1 runs, 1 failed)", report.Output, StringComparison.Ordinal);

        using (var stream = new FileStream(train, FileMode.Open))
        {
            stream.Seek(-2, SeekOrigin.End);
            stream.WriteByte(original);
        }

        var retry = await ProgramRuns.Run("run", "lra/listops", "--models", "none", "softmax", "yoso-e", "--retry-failed", "--output", output);
        Assert.Equal(0, retry.ExitCode);
        Assert.Contains("jobs: 1 finished", retry.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_SaysWhatCannotRunHere()
    {
        Assert.SkipWhen(TorchSharp.torch.cuda_is_available(), "this machine has a GPU");
        var plan = await ProgramRuns.Run("plan", "lra/listops/yoso-32", "--device", "cuda", "--output", At("plan"));

        Assert.Equal(0, plan.ExitCode);
        Assert.Contains("cannot run", plan.Output, StringComparison.Ordinal);
        Assert.Contains("no CUDA device here", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plan_SaysOnceWhereDataComesFrom()
    {
        var plan = await ProgramRuns.Run("plan", "lra/text", "--models", "softmax", "yoso-32", "--scale", "paper", "--device", "cpu", "--output", At("plan"));

        Assert.Equal(0, plan.ExitCode);
        Assert.Single(plan.Output.Split('\n'), line => line.StartsWith("(1) aclImdb_v1.tar.gz from", StringComparison.Ordinal));
        Assert.DoesNotContain("(2)", plan.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Work_WaitsForTheOtherProcess_WhenTwoAreAskedForTheSameJob()
    {
        var output = At("twice");
        string[] work = ["work", "lra/listops/none", "--output", output, "--device", "cpu"];
        Assert.Equal(0, (await ProgramRuns.Run("data", "listops", "--output", output)).ExitCode);

        var both = await Task.WhenAll(ProgramRuns.Run(work), ProgramRuns.Run(work));

        Assert.All(both, r => Assert.Equal(0, r.ExitCode));
        Assert.Single(both, r => r.Output.Contains("\"finished\"", StringComparison.Ordinal));
        Assert.Single(both, r => r.Output.Contains("\"cached\"", StringComparison.Ordinal) && r.Output.Contains("waiting for process", StringComparison.Ordinal));
        Assert.NotNull(RunRecordJson.TryRead(Assert.Single(Directory.GetFiles(output, "run.json", SearchOption.AllDirectories)), out _));
    }

    [Theory]
    [InlineData(2, "unknown option '--modles': did you mean '--models'?", "run", "lra", "--modles", "x")]
    [InlineData(2, "unknown command 'rnu': did you mean 'run'?", "rnu")]
    [InlineData(2, "--slots 999: need 1 to 256", "run", "lra", "--slots", "999")]
    [InlineData(2, "--keep-checkpoints few: need a number from 0, or all", "run", "lra", "--keep-checkpoints", "few")]
    [InlineData(2, "--keep-checkpoints -1: need a number from 0, or all", "gc", "--keep-checkpoints", "-1")]
    [InlineData(2, "seed -1: seeds are numbers from 0", "plan", "lra", "--seeds", "-1")]
    [InlineData(2, "--data-mirror /nowhere: no such folder", "plan", "lra", "--data-mirror", "/nowhere")]
    [InlineData(2, "'lra' is not a job", "show", "lra")]
    [InlineData(2, "no run '1234'", "diff", "1234", "5678")]
    [InlineData(2, "--device cuda: TorchSharp finds no CUDA device", "run", "lra", "--device", "cuda")]
    public async Task WrongInput_EndsInOneLine(int exitCode, string message, params string[] arguments)
    {
        Assert.SkipWhen(arguments.Contains("cuda") && TorchSharp.torch.cuda_is_available(), "this machine has a GPU");
        var run = await ProgramRuns.Run(arguments);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.StartsWith("yoso: " + message, Assert.Single(run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
