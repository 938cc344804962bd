// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Catalog;

namespace Yoso.Experiments.Commands;

internal static class ListCommand
{
    public static Command Create()
    {
        var command = new Command("list", "Lists suites, tasks, models and scales");
        command.SetAction(_ =>
        {
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
}
