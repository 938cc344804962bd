// SPDX-License-Identifier: MIT
using Yoso.Experiments.Commands;

namespace Yoso.Experiments.Tests.Runs;

public sealed class DiffTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("yoso-diff-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    [Fact]
    public void Lines_NameChangedInputsInValues_AndResultsWithTheirDifference() => Assert.Equal(
        [
            "inputs:", "  network.hashCount 8 -> 16", "results:", "  dev accuracy 37.0000 -> 38.5000 (+1.5000)", "  test accuracy 36.0000 -> 37.5000 (+1.5000)",
            "  seconds a step 0.100 -> 0.200, peak memory 100 -> 100 MiB",
        ],
        DiffCommand.Lines(StoredRuns.Record("yoso-32", 1, 1), StoredRuns.Record("yoso-32", 1, 2, accuracy: 37.5)));

    [Fact]
    public void Lines_SayThatInputsAreEqual_AndThatMachinesDiffer()
    {
        var run = StoredRuns.Record("yoso-32", 1, 1);
        var elsewhere = run with { Fingerprint = run.Fingerprint with { Cpu = "another cpu", GitCommit = "fedcba9876" } };

        var lines = DiffCommand.Lines(run, elsewhere).ToArray();

        Assert.Equal("inputs: equal", lines[0]);
        Assert.Contains("  test accuracy 36.0000 -> 36.0000 (0)", lines);
        Assert.Equal("machines differ: cpu, 2.10.0, commit 01234567 -> another cpu, 2.10.0, commit fedcba98", lines[^1]);
    }

    [Fact]
    public async Task Program_TakesAKeyAFolderOrAFile()
    {
        var (first, second) = (StoredRuns.Record("yoso-32", 1, 1), StoredRuns.Record("yoso-32", 1, 2));
        var folder = StoredRuns.Save(_output, first);
        StoredRuns.Save(_output, second);

        var byKey = await ProgramRuns.Run("diff", first.Key[..8], second.Key[..8], "--output", _output);
        var byPath = await ProgramRuns.Run("diff", folder, Path.Combine(folder, "run.json"), "--output", _output);

        Assert.Equal((0, 0), (byKey.ExitCode, byPath.ExitCode));
        Assert.Contains("network.hashCount 8 -> 16", byKey.Output, StringComparison.Ordinal);
        Assert.StartsWith("inputs: equal", byPath.Output, StringComparison.Ordinal);
    }
}
