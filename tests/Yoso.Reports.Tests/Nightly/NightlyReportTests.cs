// SPDX-License-Identifier: MIT
using Yoso.Reports.Nightly;
using Yoso.Reports.Records;

namespace Yoso.Reports.Tests.Nightly;

public sealed class NightlyReportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nightly").FullName;

    private string HistoryPath => Path.Combine(_folder, "history.csv");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Write_IsSteady_WhenTheSameRunsComeEveryNight()
    {
        for (var night = 0; night < 8; night++)
        {
            Assert.True(Night(night, 34.1));
        }

        Assert.Equal(8, History.Read(HistoryPath).Count(r => r.Name == "lra/listops/yoso-32 accuracy"));
        Assert.Contains("# Nightly: Nothing moved, 7 metrics steady.", Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_SaysWhatMovedAndWhichInputChanged_WhenAnAccuracyDrops()
    {
        Quiet(6);

        Assert.False(Night(6, 20, code: "beef"));

        var page = Page();
        Assert.Contains("1 metric moved", page, StringComparison.Ordinal);
        Assert.Contains("| **lra/listops/yoso-32 accuracy** (moved) | 20.00 | ", page, StringComparison.Ordinal);
        Assert.Contains("code c0de -&gt; beef", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ComparesWithTheNewLevel_WhenAMoveIsAccepted()
    {
        Quiet(6);

        Assert.True(Night(6, 20, accept: true));
        for (var night = 7; night < 14; night++)
        {
            Assert.True(Night(night, 20));
        }

        Assert.False(Night(14, 34.1));
    }

    [Fact]
    public void Write_ComparesDev_WhereTheReportShowsDev()
    {
        RunRecord Pretrained(double perplexity)
        {
            var run = Model("yoso-32", 0);
            return run with { Job = run.Job with { Suite = "pretrain", Task = "bert" }, Results = [new MetricResult("dev", "perplexity", perplexity, 2270), new MetricResult("train", "loss", 9, 1)] };
        }

        for (var night = 0; night < 6; night++)
        {
            Assert.True(NightlyReport.Write(new NightlyInput([Pretrained(50)], [], Records.Morning.AddDays(night), "abc"), HistoryPath, _folder));
        }

        // More than 2 %, less than two standard errors of 50 % over as many examples.
        Assert.False(NightlyReport.Write(new NightlyInput([Pretrained(51.5)], [], Records.Morning.AddDays(6), "abc"), HistoryPath, _folder));
        Assert.Contains("perplexity** (moved)", Page(), StringComparison.Ordinal);
        Assert.DoesNotContain("loss", Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_SaysThatNothingIsComparedYet_InTheFirstNights()
    {
        Quiet(2);

        Assert.Contains("# Nightly: 7 metrics kept, none compared yet: 1 of 5 earlier nights are there.", Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_SaysGone_WhenACellOfTheNightBeforeIsMissing()
    {
        Quiet(2);

        Assert.False(NightlyReport.Write(new NightlyInput([Model("softmax", 17.1)], [], Records.Morning.AddDays(2), "abc"), HistoryPath, _folder));

        Assert.Contains("lra/listops/yoso-32 accuracy** (gone)", Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ComparesNothing_WhenTheMachineIsAnother()
    {
        Quiet(6);
        var run = Model("yoso-32", 20);

        Assert.True(NightlyReport.Write(
            new NightlyInput([run with { Fingerprint = run.Fingerprint with { Cpu = "another" } }], [], Records.Morning.AddDays(6), "abc"), HistoryPath, _folder));
    }

    [Fact]
    public void Write_IsNotSteady_WhenAJobFailed() =>
        Assert.False(NightlyReport.Write(new NightlyInput([Model("softmax", 17)], ["lra/text/yoso-32 seed 1: killed"], Records.Morning, "abc"), HistoryPath, _folder));

    [Fact]
    public void Write_ThrowsAndLeavesTheHistory_WhenItIsDamaged()
    {
        Quiet(1);
        var damaged = File.ReadAllText(HistoryPath).Replace("34.1", "much", StringComparison.Ordinal);
        File.WriteAllText(HistoryPath, damaged);

        var e = Assert.Throws<FormatException>(() => Night(1, 34.1));

        Assert.Contains("column value: 'much' is not a number", e.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllText(HistoryPath));
    }

    [Fact]
    public void Speed_IsARatioWithinTheNight_SoThatASlowMachineDoesNotMoveIt()
    {
        for (var night = 0; night < 6; night++)
        {
            Assert.True(Night(night, 34.1));
        }

        Assert.True(Night(6, 34.1, slowdown: 3));
        Assert.False(Night(7, 34.1, yosoSlowdown: 1.5));
        Assert.Contains("lra/listops/yoso-32 speed** (moved)", Page(), StringComparison.Ordinal);
    }

    [Fact]
    public void Band_HoldsMostValues_WhenNothingMoved()
    {
        var random = new Random(7);
        var (outside, nights) = (0, 4000);
        for (var i = 0; i < nights; i++)
        {
            var earlier = Enumerable.Range(0, Band.Window).Select(_ => Row(Gaussian(random))).ToArray();
            outside += Band.Of(earlier)!.Contains(1000 + Gaussian(random)) ? 0 : 1;
        }

        // About 0.4 % (17 of 4000): 2 or fewer, or 50 or more, come with a probability below 1e-4 each, and the draws are always the same.
        Assert.InRange(outside / (double)nights, 0.0005, 0.0125);

        HistoryRow Row(double noise) => new(Records.Morning, "abc", "a/b/c", "memory of nothing", 1000 + noise, 0, "m", 0, new Dictionary<string, string>());
    }

    [Fact]
    public void Page_IsTheApprovedOne()
    {
        for (var night = 0; night < 9; night++)
        {
            Night(night, 34.1 + (0.2 * (night % 3)));
        }

        Night(9, 20, code: "beef");

        Approved.Matches("nightly.md", Page());
        Approved.Matches("nightly.html", File.ReadAllText(Path.Combine(_folder, "nightly.html")));
    }

    /// <summary>Box and Muller; a spread of 50, so that the floor of 2 % does not matter.</summary>
    private static double Gaussian(Random random) => 50 * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private string Page() => File.ReadAllText(Path.Combine(_folder, "nightly.md"));

    private void Quiet(int nights)
    {
        for (var night = 0; night < nights; night++)
        {
            Night(night, 34.1);
        }
    }

    private bool Night(int day, double accuracy, string code = "c0de", bool accept = false, double slowdown = 1, double yosoSlowdown = 1)
    {
        var (softmax, yoso) = (Model("softmax", 17.1), Model("yoso-32", accuracy));
        RunRecord[] runs =
        [
            softmax with { SecondsPerStep = softmax.SecondsPerStep * 4 * slowdown },
            yoso with { SecondsPerStep = yoso.SecondsPerStep * slowdown * yosoSlowdown, Inputs = yoso.Inputs with { CodeDigest = code } },
        ];
        return NightlyReport.Write(new NightlyInput(runs, [], Records.Morning.AddDays(day), "0123456789ab", accept), HistoryPath, _folder);
    }

    private static RunRecord Model(string model, double accuracy) => Records.Run(model: model, scale: "nightly", accuracy: accuracy);
}
