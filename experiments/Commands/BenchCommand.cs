// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.KernelBenchmark;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class BenchCommand
{
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
        return new Command("bench", "Benchmarks") { kernels };
    }

    private static void Run(BenchPlan plan, int threads, string command, string folder)
    {
        Directory.CreateDirectory(folder);
        var result = new KernelComparison(plan, threads, command, Console.Out).Run();
        AtomicFile.WriteText(Path.Combine(folder, "kernels-cpu.svg"), LogLogPlot.Svg(result));
        AtomicFile.WriteText(Path.Combine(folder, "kernels-cpu.md"), new BenchMarkdown(result).Text());
        AtomicFile.WriteText(Path.Combine(folder, "kernels-cpu.json"), BenchJson.Text(result));
        Console.WriteLine($"{Path.Combine(folder, "kernels-cpu.md")}, .json and .svg written");
        Console.WriteLine(result.Headline());
    }
}
