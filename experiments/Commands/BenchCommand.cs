// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Text.Json;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Experiments.Pretraining.Throughput;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class BenchCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var quick = new Option<bool>("--quick") { Description = "a few small sizes in seconds; shows that it works, its numbers prove nothing" };
        var threads = new Option<int>("--threads") { Description = "threads of softmax and of the kernels; 0: one a core", DefaultValueFactory = _ => 0 };
        var output = new JobOptions().Output;
        var kernels = new Command("kernels", "Times softmax and YOSO attention on this CPU side by side into <output>/bench/kernels-cpu.{json,md,svg}") { quick, threads, output };
        kernels.SetAction(parsed =>
        {
            if (parsed.GetValue(threads) is < 0 or > 1024)
            {
                throw new UsageException($"--threads {parsed.GetValue(threads)}: need 1 to 1024, or 0 for one a core");
            }

            var count = parsed.GetValue(threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
            var plan = parsed.GetValue(quick) ? BenchPlan.Quick : BenchPlan.Full;
            var command = $"./yoso bench kernels{(parsed.GetValue(quick) ? " --quick" : "")} --threads {count}";
            Run(plan, count, command, Path.Combine(parsed.GetValue(output)!, "bench"));
            return ExitCode.Ok;
        });
        return new Command("bench", "Benchmarks") { kernels, EfficiencyCommand.Create(), ApproximationCommand.Create(), StepTimesCommand.Create(), TokenizerBench.Create(), Pretraining() };
    }

    private static Command Pretraining()
    {
        var lengths = new Option<int[]>("--lengths") { Description = "default: 512 4096", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [512, 4096] };
        var precisions = new Option<string[]>("--precisions") { Description = "float32, bfloat16 or both; default: both", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["float32", "bfloat16"] };
        var steps = new Option<int>("--steps") { Description = "steps of each that count", DefaultValueFactory = _ => 5 };
        var threads = new Option<int>("--threads") { Description = "threads; 0: one a core", DefaultValueFactory = _ => 0 };
        var output = new JobOptions().Output;
        var command = new Command("pretraining", "Times training steps of bert-small with softmax and yoso-32 on this CPU into <output>/bench/pretraining-cpu.json and .md") { lengths, precisions, steps, threads, output };
        command.SetAction(parsed =>
        {
            var (chosen, names) = (parsed.GetValue(lengths)!, parsed.GetValue(precisions)!);
            if (names.Select(n => Spelling.Problem("precision", n, ["float32", "bfloat16"])).FirstOrDefault(p => p is not null) is { } problem)
            {
                throw new UsageException(problem);
            }

            if (chosen.Any(l => l is < 16 or > 65536) || parsed.GetValue(steps) is < 1 or > 1000 || parsed.GetValue(threads) is < 0 or > 1024)
            {
                throw new UsageException($"--lengths {string.Join(' ', chosen)} --steps {parsed.GetValue(steps)} --threads {parsed.GetValue(threads)}: need lengths of 16 to 65536, 1 to 1000 steps and 0 to 1024 threads");
            }

            var count = parsed.GetValue(threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
            var line = $"./yoso bench pretraining --lengths {string.Join(' ', chosen)} --precisions {string.Join(' ', names)} --steps {parsed.GetValue(steps)} --threads {count}";
            var result = new ThroughputBench(chosen, [.. names.Select(n => n == "bfloat16")], parsed.GetValue(steps), count, Console.Out).Run(line, TimeProvider.System.GetUtcNow());
            var folder = Path.Combine(parsed.GetValue(output)!, "bench");
            Directory.CreateDirectory(folder);
            var json = Path.Combine(folder, "pretraining-cpu.json");
            AtomicFile.WriteText(json, JsonSerializer.Serialize(result, Indented) + "\n");
            AtomicFile.WriteText(Path.ChangeExtension(json, ".md"), ThroughputMarkdown.Text(result));
            Console.WriteLine($"{json} and .md written");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Run(BenchPlan plan, int threads, string command, string folder)
    {
        Directory.CreateDirectory(folder);
        var result = new KernelComparison(plan, threads, command, Console.Out).Run();
        AtomicFile.WriteText(Path.Combine(folder, "kernels-cpu.svg"), KernelPlot.Svg(result));
        AtomicFile.WriteText(Path.Combine(folder, "kernels-cpu.md"), new BenchMarkdown(result).Text());
        AtomicFile.WriteText(Path.Combine(folder, "kernels-cpu.json"), BenchJson.Text(result));
        Console.WriteLine($"{Path.Combine(folder, "kernels-cpu.md")}, .json and .svg written");
        Console.WriteLine(result.Headline());
    }
}
