// SPDX-License-Identifier: MIT
using Spectre.Console;

namespace Executors;

/// <summary>A run on the cluster as it is shown.</summary>
/// <param name="Task">The cluster's number, e.g. 12_3.</param>
/// <param name="Detail">Its last words, why it waits, or why it failed.</param>
/// <param name="NeedsPerson">Whether waiting does not help.</param>
internal sealed record TaskView(string Run, string Task, string State, string Node, string Elapsed, string Detail, bool NeedsPerson);

/// <summary>Shows what the cluster does.</summary>
internal interface IClusterDisplay
{
    Task Use(Func<Task> body);

    void Update(IReadOnlyList<TaskView> tasks);

    void Say(string line);
}

internal static class ClusterDisplays
{
    /// <summary>One live table for a person, lines for a log.</summary>
    public static IClusterDisplay Of(TextWriter console) => Console.IsOutputRedirected || !AnsiConsole.Profile.Capabilities.Interactive ? new ClusterLines(console) : new ClusterTable(AnsiConsole.Console);
}

/// <summary>A line for each change.</summary>
internal sealed class ClusterLines(TextWriter console) : IClusterDisplay
{
    private readonly Dictionary<string, string> _shown = [];

    public Task Use(Func<Task> body) => body();

    public void Update(IReadOnlyList<TaskView> tasks)
    {
        foreach (var task in tasks)
        {
            var advice = task.NeedsPerson ? $"  needs you: {task.Detail}" : "";
            var text = $"{task.State.ToLowerInvariant()}{(task.Node.Length > 0 ? $" on {task.Node}" : "")}{advice}";
            if (!_shown.TryGetValue($"{task.Run} {task.Task}", out var before) || before != text)
            {
                _shown[$"{task.Run} {task.Task}"] = text;
                Say($"{task.Run}  {task.Task} {text}");
            }
        }
    }

    public void Say(string line)
    {
        console.WriteLine(line);
        console.Flush();
    }
}

/// <summary>One table that is drawn anew: what runs and what needs a person first; the rest is counted.</summary>
internal sealed class ClusterTable(IAnsiConsole console) : IClusterDisplay
{
    private const int Rows = 30;
    private static readonly string[] Order = ["RUNNING", "COMPLETING", "CONFIGURING", "PENDING"];
    private readonly List<string> _said = [];
    private LiveDisplayContext? _live;

    public async Task Use(Func<Task> body)
    {
        await console.Live(new Text("")).StartAsync(async live =>
        {
            _live = live;
            await body();
        });
        _live = null;
    }

    public void Update(IReadOnlyList<TaskView> tasks) => _live?.UpdateTarget(Table(tasks));

    public void Say(string line)
    {
        if (_live is null)
        {
            console.WriteLine(line);
        }
        else
        {
            _said.Add(line);
        }
    }

    internal Table Table(IReadOnlyList<TaskView> tasks)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn("run").AddColumn("task").AddColumn("state").AddColumn("node").AddColumn("time").AddColumn("says");
        TaskView[] shown = [.. tasks.OrderByDescending(t => t.NeedsPerson).ThenBy(t => Array.IndexOf(Order, t.State) is var at and >= 0 ? at : Order.Length).Take(Rows)];
        var room = Room(shown);
        foreach (var task in shown)
        {
            var detail = task.NeedsPerson ? $"[yellow]needs you: {task.Detail.EscapeMarkup()}[/]" : OneLine(task.Detail, room).EscapeMarkup();
            table.AddRow(task.Run.EscapeMarkup(), task.Task, task.State.ToLowerInvariant(), task.Node.EscapeMarkup(), task.Elapsed, detail);
        }

        var counts = string.Join(", ", tasks.GroupBy(t => t.State).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => $"{g.Count()} {g.Key.ToLowerInvariant()}"));
        return table.Caption(string.Join('\n', [.. _said.TakeLast(3).Select(s => s.EscapeMarkup()), $"{tasks.Count} runs: {counts}"]));
    }

    /// <summary>Characters that are left for the last column, so that a row is one line; what needs a person may take more.</summary>
    private int Room(TaskView[] tasks)
    {
        Func<TaskView, string>[] columns = [t => t.Run, t => t.Task, t => t.State, t => t.Node, t => t.Elapsed];
        var others = columns.Sum(c => tasks.Select(t => c(t).Length).Append(5).Max());
        const int between = 3; // padding and border of each of the six columns
        return Math.Max(12, console.Profile.Width - others - (between * 6) - 1);
    }

    private static string OneLine(string text, int room)
    {
        var line = string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return line.Length <= room ? line : $"{line[..(room - 1)]}…";
    }
}
