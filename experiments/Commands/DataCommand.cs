// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Diagnostics;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class DataCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var task = new Argument<string>("task") { Description = "a task, e.g. listops" };
        var command = new Command("data", "Generates or converts the data set of a task") { task, options.Scale, options.Output, options.DataMirror };
        command.SetAction((parsed, cancellationToken) =>
        {
            var name = parsed.GetValue(task)!;
            if (Spelling.Problem("task", name, Names.Suites.Values.SelectMany(s => s.Tasks)) is { } problem)
            {
                throw new UsageException(problem);
            }

            var suite = Names.Suites.First(s => s.Value.Tasks.Contains(name)).Key;
            var job = JobSelection.Jobs([$"{suite}/{name}"], [], [1], parsed.GetValue(options.Scale)!, "cpu")[0];
            var clock = Stopwatch.StartNew();
            var data = options.Data(parsed).Prepare(job, null, cancellationToken);
            var about = data.Description;
            Console.WriteLine($"{name}: {about.TrainCount:N0} train, {about.DevCount:N0} dev, {about.TestCount:N0} test, {data.Manifest.Kind}, digest {data.Manifest.Digest[..12]}, {clock.Elapsed.TotalSeconds:0.0} s");
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }
}
