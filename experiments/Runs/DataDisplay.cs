// SPDX-License-Identifier: MIT
using System.Globalization;
using Spectre.Console;

namespace Yoso.Experiments.Runs;

/// <summary>Lines for logs and pipes: progress at every tenth, or every half minute where the end is not known.</summary>
internal sealed class DataLines(TextWriter writer, TimeProvider time) : IDataEvents
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Tenth, long At)> _shown = [];

    public void Note(string line)
    {
        lock (_gate)
        {
            writer.WriteLine(line);
        }
    }

    public void Progress(string what, double done, double? total)
    {
        lock (_gate)
        {
            var tenth = total is > 0 and var end ? (int)(10 * done / end) : 0;
            var (shown, at) = _shown.TryGetValue(what, out var before) ? before : (0, time.GetTimestamp());
            if (tenth > shown || (total is null && time.GetElapsedTime(at).TotalSeconds >= 30))
            {
                writer.WriteLine(total is null ? $"{what}, {Megabytes(done)}" : $"{what}, {10 * tenth} %");
                (shown, at) = (tenth, time.GetTimestamp());
            }

            _shown[what] = (shown, at);
        }
    }

    internal static string Megabytes(double bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0} MB");
}

/// <summary>A live bar for each piece of work.</summary>
internal sealed class DataBars(ProgressContext context, IAnsiConsole console) : IDataEvents
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProgressTask> _bars = [];

    /// <summary>Runs <paramref name="body"/> with bars on a terminal, with lines elsewhere.</summary>
    public static T Use<T>(IAnsiConsole console, Func<IDataEvents, T> body) => Console.IsOutputRedirected || !console.Profile.Capabilities.Interactive
        ? body(new DataLines(Console.Out, TimeProvider.System))
        : console.Progress()
            .AutoClear(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 20 }, new PercentageColumn(), new RemainingTimeColumn())
            .Start(context => body(new DataBars(context, console)));

    public void Note(string line) => console.MarkupLineInterpolated($"{line}");

    public void Progress(string what, double done, double? total)
    {
        lock (_gate)
        {
            if (!_bars.TryGetValue(what, out var bar))
            {
                _bars[what] = bar = context.AddTask(what.EscapeMarkup());
            }

            bar.IsIndeterminate = total is null;
            bar.MaxValue = total ?? double.MaxValue;
            bar.Value = done;
            if (total is null)
            {
                bar.Description = $"{what.EscapeMarkup()} {DataLines.Megabytes(done)}";
            }
        }
    }
}
