// SPDX-License-Identifier: MIT
using Yoso.Experiments.Commands;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Runs;

/// <summary>yoso gc: what goes, and what a kept report or the newest records need.</summary>
public sealed class GcTests : IDisposable
{
    private readonly string _output = Directory.CreateTempSubdirectory("yoso-gc-").FullName;

    public void Dispose() => Directory.Delete(_output, recursive: true);

    private string Save(string model, int seed, int version) => StoredRuns.Save(_output, StoredRuns.Record(model, seed, version));

    private static string Key(string model, int seed, int version) => StoredRuns.Record(model, seed, version).Key;

    [Theory]
    [InlineData(1, new[] { 1, 2, 3 })]
    [InlineData(2, new[] { 1, 2 })]
    [InlineData(4, new int[0])]
    public void Removable_KeepsTheNewestOfEachJobAndSeed(int keep, int[] gone)
    {
        var folders = Enumerable.Range(1, 4).ToDictionary(v => v, v => Save("yoso-32", 1, v));
        Save("yoso-32", 2, 1);
        Save("softmax", 1, 1);

        Assert.Equal(gone.Select(v => folders[v]).Order(StringComparer.Ordinal), GcCommand.Removable(new RunStore(_output), keep, []));
    }

    [Fact]
    public void Removable_KeepsWhatAKeptReportShows()
    {
        var folders = Enumerable.Range(1, 3).ToDictionary(v => v, v => Save("yoso-32", 1, v));
        var report = Path.Combine(_output, "results.json");
        File.WriteAllText(report, $$"""{"cells":[{"runs":[{"key":"{{Key("yoso-32", 1, 1)}}"}]}]}""");

        Assert.Equal([folders[2]], GcCommand.Removable(new RunStore(_output), 1, [report, Path.Combine(_output, "absent.json")]));
    }

    [Fact]
    public void Removable_LeavesUnfinishedFoldersAlone()
    {
        Save("yoso-32", 1, 1);
        var unfinished = Path.Combine(_output, "runs", "lra", "listops", "yoso-32", "seed-1", "0123456789ab", "checkpoint");
        Directory.CreateDirectory(unfinished);

        Assert.Empty(GcCommand.Removable(new RunStore(_output), 1, []));
    }

    [Fact]
    public async Task Program_RemovesOldRuns_AfterADryRunThatDoesNot()
    {
        var (old, kept, newest) = (Save("yoso-32", 1, 1), Save("yoso-32", 1, 2), Save("yoso-32", 1, 3));
        Directory.CreateDirectory(Path.Combine(_output, "report"));
        File.WriteAllText(Path.Combine(_output, "report", "results.json"), Key("yoso-32", 1, 2));

        var dry = await ProgramRuns.Run("gc", "--output", _output, "--dry-run");
        Assert.Equal((0, $"would remove {old}\n1 folders, 0 MiB\n"), (dry.ExitCode, dry.Output));
        Assert.True(Directory.Exists(old));

        var real = await ProgramRuns.Run("gc", "--output", _output);
        Assert.Equal((0, $"removed {old}\n1 folders, 0 MiB\n"), (real.ExitCode, real.Output));
        Assert.Equal((false, true, true), (Directory.Exists(old), Directory.Exists(kept), Directory.Exists(newest)));
    }

    [Fact]
    public async Task Program_SkipsAFolderThatAProcessHolds()
    {
        var old = Save("yoso-32", 1, 1);
        Save("yoso-32", 1, 2);
        using (RunLock.TryAcquire(old, TimeProvider.System))
        {
            var run = await ProgramRuns.Run("gc", "--output", _output);

            Assert.Equal((0, $"in use, left alone: {old}\n0 folders, 0 MiB\n"), (run.ExitCode, run.Output));
        }

        Assert.True(File.Exists(Path.Combine(old, "run.json")));
    }
}
