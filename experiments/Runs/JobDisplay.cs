// SPDX-License-Identifier: MIT
using System.Globalization;
using Spectre.Console;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Runs;

/// <summary>A line for each evaluation, note and end: for logs, pipes and CI.</summary>
internal sealed class LineDisplay(TextWriter writer) : IJobDisplay
{
    private readonly Dictionary<Job, StepDone> _steps = [];

    public void Show(Job job, TrainingEvent trainingEvent)
    {
        lock (_steps)
        {
            var text = trainingEvent switch
            {
                StepDone s => Remember(job, s),
                EvaluationDone e => Invariant($"step {e.Step,5}  {e.Split,-4} loss {e.Loss:0.000}  accuracy {e.Accuracy,5:0.0} %{Left(job, e.Step)}"),
                Note n => n.Text,
                JobDone d => d.Reason is null ? d.Outcome : $"{d.Outcome}: {d.Reason}",
                _ => null,
            };
            if (text is not null)
            {
                writer.WriteLine($"{job.Name} s{job.Seed}  {text}");
                writer.Flush();
            }
        }
    }

    private string? Remember(Job job, StepDone step)
    {
        _steps[job] = step;
        return null;
    }

    private string Left(Job job, int step) => _steps.TryGetValue(job, out var s) && step < s.Steps && s.StepsPerSecond > 0
        ? Invariant($"  {s.StepsPerSecond:0.0} step/s  {TimeSpan.FromSeconds((s.Steps - step) / s.StepsPerSecond):h\\:mm\\:ss} left")
        : "";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One live bar for each running job; 80 columns are enough.</summary>
internal sealed class BarDisplay(ProgressContext context, IAnsiConsole console) : IJobDisplay
{
    private readonly Dictionary<Job, ProgressTask> _bars = [];
    private readonly Dictionary<Job, double> _accuracy = [];

    public static async Task Use(IAnsiConsole console, Func<IJobDisplay, Task> body) => await console.Progress()
        .AutoClear(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 10 }, new PercentageColumn(), new RemainingTimeColumn())
        .StartAsync(context => body(new BarDisplay(context, console)));

    public void Show(Job job, TrainingEvent trainingEvent)
    {
        lock (_bars)
        {
            switch (trainingEvent)
            {
                case StepDone s:
                    var bar = Bar(job);
                    bar.MaxValue = s.Steps;
                    bar.Value = s.Step;
                    var accuracy = _accuracy.TryGetValue(job, out var a) ? a.ToString("0.0", CultureInfo.InvariantCulture) + "%" : "";
                    bar.Description = string.Create(CultureInfo.InvariantCulture, $"{job.Task}/{job.Model} s{job.Seed} [grey]loss[/] {s.Loss:0.00} [grey]dev[/] {accuracy} {s.StepsPerSecond:0.0}/s");
                    break;
                case EvaluationDone e:
                    _accuracy[job] = e.Accuracy;
                    break;
                case Note n:
                    console.MarkupLineInterpolated($"[grey]{job.Name}: {n.Text}[/]");
                    break;
                case JobDone d:
                    Bar(job).StopTask();
                    if (d.Outcome is "failed" or "stopped")
                    {
                        console.MarkupLineInterpolated($"[yellow]{job.Name}: {d.Outcome}: {d.Reason}[/]");
                    }

                    break;
            }
        }
    }

    private ProgressTask Bar(Job job)
    {
        if (!_bars.TryGetValue(job, out var bar))
        {
            _bars[job] = bar = context.AddTask($"{job.Task}/{job.Model} s{job.Seed}", maxValue: 1);
        }

        return bar;
    }
}
