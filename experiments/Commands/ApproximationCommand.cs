// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Text.Json;
using Yoso.Experiments.Approximation;
using Yoso.Experiments.Efficiency;
using Yoso.Experiments.Runs;
using Yoso.Reports.Figures;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Commands;

internal static class ApproximationCommand
{
    public static Command Create()
    {
        var full = new Option<bool>("--full") { Description = "n to 4,096 and m to 512, some minutes; without it n to 1,024 in seconds" };
        var pictures = new Option<string[]>("--pictures")
        {
            Description = "finished runs whose attention matrices are drawn", AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => ["lra/listops/softmax", "lra/listops/yoso-32"],
        };
        var threads = new Option<int>("--threads") { Description = "threads; 0: one a core", DefaultValueFactory = _ => 0 };
        var cached = new Option<bool>("--cached") { Description = "keeps the record that is there if program, plan and the runs of the pictures are the same" };
        var options = new JobOptions();
        var command = new Command("approximation", "Measures sampled YOSO against its expectation into <output>/bench/approximation.{json,md} and .svg files")
        {
            full, pictures, threads, cached, options.Scale, options.Output, options.DataMirror,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(threads) is < 0 or > 1024)
            {
                throw new UsageException($"--threads {parsed.GetValue(threads)}: need 1 to 1024, or 0 for one a core");
            }

            var count = parsed.GetValue(threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
            var jobs = JobSelection.Jobs(parsed.GetValue(pictures)!, [], [1], parsed.GetValue(options.Scale)!, "cpu");
            var (output, folder) = (parsed.GetValue(options.Output)!, Path.Combine(parsed.GetValue(options.Output)!, "bench"));
            Directory.CreateDirectory(folder);
            var plan = parsed.GetValue(full) ? ApproximationPlan.Full : ApproximationPlan.Smoke;
            var drawn = new TrainedPictures(output, options.Mirror(parsed), Console.Out);
            var key = MeasurementKey.Of(["approximation", JsonSerializer.Serialize(plan), .. drawn.Keys(jobs)]);
            if (parsed.GetValue(cached) && RunRecordJson.TryReadApproximation(Path.Combine(folder, "approximation.json"), out _)?.Key == key)
            {
                Console.WriteLine($"{Path.Combine(folder, "approximation.json")} is of this program, plan and runs");
                return Task.FromResult(ExitCode.Ok);
            }

            var command = $"./yoso {string.Join(' ', parsed.Tokens.Select(t => t.Value).Where(t => t != "--cached"))}";
            Write(new ApproximationRun(plan, count, Console.Out, TimeProvider.System).Run(command, () => drawn.Draw(jobs, folder), cancellationToken) with { Key = key }, folder);
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static void Write(ApproximationRecord record, string folder)
    {
        var figures = MeasurementFigures.Of(record);
        foreach (var (name, svg) in figures)
        {
            AtomicFile.WriteText(Path.Combine(folder, name + ".svg"), svg);
        }

        AtomicFile.WriteText(Path.Combine(folder, "approximation.md"), new ApproximationMarkdown(record).Text());
        AtomicFile.WriteText(Path.Combine(folder, "approximation.json"), JsonSerializer.Serialize(record, RunRecordJson.Options) + "\n");
        Console.WriteLine($"{Path.Combine(folder, "approximation.md")}, .json and {figures.Count + record.Pictures.Count} .svg written");
    }
}
