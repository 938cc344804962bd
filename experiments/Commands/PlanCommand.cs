// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class PlanCommand
{
    private const int LongestReason = 60;

    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var options = new JobOptions();
        var json = new Option<bool>("--json") { Description = "print JSON" };
        var command = new Command("plan", "Says for every job: cached, resume or run, why, and how long") { json };
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var data = options.Data(parsed);
            var plan = new JobPlan(parsed.GetValue(options.Output)!).Make(options.Jobs(parsed, plan: true), data);
            if (parsed.GetValue(json))
            {
                Console.WriteLine(JsonSerializer.Serialize(
                    plan.Select(p => new { job = p.Job.Name, p.Job.Seed, p.Job.Scale, p.Job.Device, p.Job.Protocol, p.Key, p.Action, p.Reason, p.ExpectedSeconds, p.EstimatedFrom, needs = p.Job.Needs.Select(n => $"{n.Name}#{n.Seed}") }), Indented));
            }
            else
            {
                Print(AnsiConsole.Console, plan);
            }

            return ExitCode.Ok;
        });
        return command;
    }

    internal static void Print(IAnsiConsole console, IReadOnlyList<PlannedJob> plan)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("job").AddColumn("seed").AddColumn("plan").AddColumn("time").AddColumn("why");
        var notes = new List<string>();
        foreach (var planned in plan)
        {
            table.AddRow(planned.Job.Name, $"{planned.Job.Seed}", planned.Action, Duration(planned), Brief(planned.Reason, notes).EscapeMarkup());
        }

        console.Write(table);
        for (var i = 0; i < notes.Count; i++)
        {
            console.WriteLine($"({i + 1}) {notes[i]}");
        }

        if (notes.Count > 0)
        {
            console.WriteLine();
        }

        var unknown = plan.Count(p => p.ExpectedSeconds is null && p.Action != "cannot run");
        var total = plan.Sum(p => p.ExpectedSeconds ?? 0);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{plan.Count} jobs: {plan.Count(p => p.Action == "cached")} cached, {plan.Count(p => p.Action == "resume")} to resume, {plan.Count(p => p.Action == "run")} to run, {plan.Count(p => p.Action == "cannot run")} that cannot run here; about {Span(total)}")
            + (unknown > 0 ? $", and {unknown} whose time is not known yet" : ""));
        var estimates = plan.Where(p => p.EstimatedFrom is not null).Select(p => $"{p.Job.Model} from {p.EstimatedFrom}").Distinct().ToArray();
        if (estimates.Length > 0)
        {
            console.WriteLine($"~ estimated by the measured steps of the nearest relative: {string.Join(", ", estimates)}");
        }
    }

    /// <summary>Many jobs have the same long reason, say where their data comes from: what follows its colon is said once, below the table.</summary>
    private static string Brief(string reason, List<string> notes)
    {
        var colon = reason.IndexOf(": ", StringComparison.Ordinal);
        if (reason.Length <= LongestReason || colon < 0)
        {
            return reason;
        }

        var note = reason[(colon + 2)..];
        if (!notes.Contains(note))
        {
            notes.Add(note);
        }

        return $"{reason[..colon]} ({notes.IndexOf(note) + 1})";
    }

    private static string Duration(PlannedJob planned) => planned switch
    {
        { Action: "cached" } => "-",
        { ExpectedSeconds: { } seconds } => (planned.EstimatedFrom is null ? "" : "~ ") + Span(seconds),
        _ => "?",
    };

    private static string Span(double seconds) => seconds < 60
        ? string.Create(CultureInfo.InvariantCulture, $"{seconds:0} s")
        : seconds < 3600 ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0} min") : string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h");
}
