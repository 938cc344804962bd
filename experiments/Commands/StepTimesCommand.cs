// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Text.Json;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.LongRangeArena.StepTimes;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary><c>yoso bench lra</c>.</summary>
internal static class StepTimesCommand
{
    public static Command Create()
    {
        var names = Names.Suites["lra"];
        var tasks = Several("--tasks", "default: all", names.Tasks);
        var models = Several("--models", "default: softmax yoso-32 yoso-16 yoso-c-16", ["softmax", "yoso-32", "yoso-16", "yoso-c-16"]);
        var torch = Several("--torch", "tasks of one sequence on which softmax in plain TorchSharp is timed beside them; default: listops", ["listops"]);
        var steps = new Option<int>("--steps") { Description = "steps of each that count", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "threads of the kernels; 0: one a core", DefaultValueFactory = _ => 0 };
        var add = new Option<bool>("--add") { Description = "keep the rows of an earlier table of this output folder that are not measured again" };
        var output = new JobOptions().Output;
        var command = new Command("lra", $"Times training steps of the paper's LRA configurations on this CPU into <output>/bench/{StepTimeTable.FileName} and .md; yoso plan reads it") { tasks, models, torch, steps, threads, add, output };
        command.SetAction(parsed =>
        {
            var (chosen, rows, plain) = (parsed.GetValue(tasks)!, parsed.GetValue(models)!, parsed.GetValue(torch)!.Where(parsed.GetValue(tasks)!.Contains).ToArray());
            if (chosen.Concat(parsed.GetValue(torch)!).Select(t => Spelling.Problem("task", t, names.Tasks)).Concat(rows.Select(m => Spelling.Problem("model", m, names.Models))).FirstOrDefault(p => p is not null) is { } problem)
            {
                throw new UsageException(problem);
            }

            if (plain.Contains("retrieval"))
            {
                throw new UsageException("--torch retrieval: its model takes pairs, which plain TorchSharp is not written for here");
            }

            if (parsed.GetValue(steps) is < 1 or > 1000 || parsed.GetValue(threads) is < 0 or > 1024)
            {
                throw new UsageException($"--steps {parsed.GetValue(steps)} --threads {parsed.GetValue(threads)}: need 1 to 1000 steps and 0 to 1024 threads");
            }

            var count = parsed.GetValue(threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
            var line = $"./yoso bench lra --tasks {string.Join(' ', chosen)} --models {string.Join(' ', rows)}{(plain.Length > 0 ? $" --torch {string.Join(' ', plain)}" : "")} --steps {parsed.GetValue(steps)} --threads {count}{(parsed.GetValue(add) ? " --add" : "")}";
            var place = parsed.GetValue(output)!;
            var earlier = parsed.GetValue(add) ? StepTimeTable.Own(place) : null;
            var table = new StepTimeBench(place, count, parsed.GetValue(steps), Console.Out, TimeProvider.System, plain).Run(chosen, rows, line);
            Write(earlier is null ? table : table.AddedTo(earlier), Path.Combine(place, "bench"));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Option<string[]> Several(string name, string description, string[] standard) =>
        new(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => standard };

    private static void Write(StepTimeTable table, string folder)
    {
        Directory.CreateDirectory(folder);
        var json = Path.Combine(folder, StepTimeTable.FileName);
        AtomicFile.WriteText(json, JsonSerializer.Serialize(table, StepTimeTable.Json) + "\n");
        AtomicFile.WriteText(Path.ChangeExtension(json, ".md"), StepTimeMarkdown.Text(table));
        Console.WriteLine($"{json} and .md written");
    }
}
