// SPDX-License-Identifier: MIT
using Spectre.Console;
using Yoso.Experiments.Commands;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Tests.Commands;

public sealed class PlanCommandTests
{
    [Fact]
    public void Print_MarksTimesOfARelative_AndNamesIt()
    {
        var text = Printed([Planned("yoso-16", 7200, from: null), Planned("yoso-c-16", 7200, from: "yoso-16"), Planned("reformer", 90, from: "longformer")]);

        Assert.Contains(" 2.0 h ", text, StringComparison.Ordinal);
        Assert.Contains(" ~ 2.0 h ", text, StringComparison.Ordinal);
        Assert.Contains("~ estimated by the measured steps of the nearest relative: yoso-c-16 from yoso-16, reformer from longformer", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Print_SaysNothingOfRelatives_WhereTimesAreTheJobsOwn() =>
        Assert.DoesNotContain('~', Printed([Planned("yoso-16", 7200, from: null)]));

    private static PlannedJob Planned(string model, double seconds, string? from) =>
        new(new Job("lra", "text", model, 1, "paper", "cpu", "paper"), "key", "run", "no run of this job yet", seconds, "folder") { EstimatedFrom = from };

    private static string Printed(PlannedJob[] plan)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = 160;
        PlanCommand.Print(console, plan);
        return writer.ToString();
    }
}
