// SPDX-License-Identifier: MIT
using System.CommandLine;
using Spectre.Console;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class ListCommand
{
    public static Command Create()
    {
        var asked = new Argument<string?>("suite") { Description = "only this one, e.g. lra, with the paper's settings of its tasks", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("list", "Lists suites, tasks, models and scales") { asked };
        command.SetAction(parsed =>
        {
            var only = parsed.GetValue(asked);
            if (only is not null && Spelling.Problem("suite", only, Names.Suites.Keys) is { } problem)
            {
                throw new UsageException(problem);
            }

            if (only is not null)
            {
                Describe(AnsiConsole.Console, only, Names.Suites[only]);
                return ExitCode.Ok;
            }

            foreach (var (suite, names) in Names.Suites)
            {
                foreach (var task in names.Tasks)
                {
                    Console.WriteLine($"{suite}/{task}");
                    Console.WriteLine($"  models  {string.Join(' ', names.Models)}");
                    Console.WriteLine($"  default {string.Join(' ', names.DefaultModels)}");
                }
            }

            Console.WriteLine($"scales    {string.Join(' ', Names.Scales)}");
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Describe(IAnsiConsole console, string suite, SuiteNames names)
    {
        if (suite == "lra")
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("task", "length", "batch", "steps", "warm-up", "rate", "eval at", "tau");
            foreach (var run in LraConfigurations.Tasks)
            {
                var (network, training) = (run.Network, run.Training);
                table.AddRow([.. new FormattableString[]
                {
                    $"{run.Task}", $"{network.PaddedLength}", $"{training.BatchSize}", $"{training.Steps}", $"{training.WarmupSteps}", $"{training.LearningRate}",
                    $"{training.EvaluateEvery}", $"{LraConfigurations.HashCodeLength(network.PaddedLength)}",
                }.Select(FormattableString.Invariant)]);
            }

            console.Write(table);
        }

        console.WriteLine($"cells     {string.Join(' ', names.Tasks.Select(t => $"{suite}/{t}"))}");
        console.WriteLine($"models    {string.Join(' ', names.Models)}");
        console.WriteLine($"default   {string.Join(' ', names.DefaultModels)}");
        console.WriteLine($"protocols {string.Join(' ', names.Protocols)}");
        console.WriteLine($"scales    {string.Join(' ', Names.Scales)}; ./yoso show {suite}/{names.Tasks[0]}/{names.DefaultModels[^1]} --scale paper prints a cell");
    }
}
