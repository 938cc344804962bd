// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Diagnostics;
using Spectre.Console;
using Yoso.Data.Pathfinder;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class DataCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var task = new Argument<string>("task") { Description = "a task, e.g. listops" };
        var sheet = new Option<string?>("--contact-sheet") { Description = "pathfinder only: also write the first 16 training images into this PNG file" };
        var command = new Command("data", "Generates, converts or (at paper scale) downloads the data set of a task") { task, options.Scale, options.Protocol, options.Output, options.DataMirror, sheet, CorpusCommand.Create() };
        command.SetAction((parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(task)!;
            if (Spelling.Problem("task", name, Names.Suites.Values.SelectMany(s => s.Tasks)) is { } problem)
            {
                throw new UsageException(problem);
            }

            if (parsed.GetValue(sheet) is not null && name != PathfinderDataSet.Name)
            {
                throw new UsageException($"--contact-sheet shows images of {PathfinderDataSet.Name}, not of {name}");
            }

            var suite = Names.Suites.First(s => s.Value.Tasks.Contains(name)).Key;
            var job = JobSelection.Jobs([$"{suite}/{name}"], [], [1], parsed.GetValue(options.Scale)!, "cpu", parsed.GetValue(options.Protocol)!).First(j => j.Suite == suite && j.Task == name); // not the pre-training that it needs
            var clock = Stopwatch.StartNew();
            var sets = options.Data(parsed);
            var data = Prepare(sets, job, cancellationToken);
            var about = data.Description;
            Console.WriteLine($"{name}: {about.TrainCount:N0} train, {about.DevCount:N0} dev, {about.TestCount:N0} test, {about.Kind}, digest {about.Digest[..12]}, {clock.Elapsed.TotalSeconds:0.0} s");
            Console.WriteLine($"{name}: from {about.Source}; licence: {about.Licence}");
            if (data.Manifest.Note is { } note)
            {
                Console.WriteLine($"{name}: {note}");
            }

            if (parsed.GetValue(sheet) is { } file)
            {
                var png = PathfinderContactSheet.Png(((ClassificationRunData)data).Splits.Train);
                AtomicFile.Write(file, stream => stream.Write(png));
                Console.WriteLine($"{name}: first 16 training images in {file}");
            }

            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    /// <summary>With bars on a terminal.</summary>
    public static IRunData Prepare(DataSets sets, Job job, CancellationToken cancellationToken) => DataBars.Use(AnsiConsole.Console, events =>
    {
        sets.Events = events;
        try
        {
            return sets.Prepare(job, new Shown(events, $"{job.Task}: preparing"), cancellationToken);
        }
        finally
        {
            sets.Events = NoDataEvents.Instance;
        }
    });

    private sealed class Shown(IDataEvents events, string what) : IProgress<double>
    {
        public void Report(double value) => events.Progress(what, value, 1);
    }
}
