// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class WhyCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var command = new Command("why", "Says what a job's key is made of and what differs from its last record");
        options.AddTo(command);
        command.SetAction(parsed =>
        {
            var output = parsed.GetValue(options.Output)!;
            var data = options.Data(parsed);
            foreach (var planned in new JobPlan(output).Make(options.Jobs(parsed, plan: true), data))
            {
                Console.WriteLine($"{planned.Job}: {planned.Action}, {planned.Reason}");
                if (planned.Key is { } key)
                {
                    var inputs = planned.Job.Inputs(data.Digest)!;
                    Console.WriteLine($"  key      {key}");
                    Console.WriteLine($"  data     {inputs.DataDigest}");
                    foreach (var (name, neededKey) in inputs.Needs)
                    {
                        Console.WriteLine($"  needs    {name} {neededKey}");
                    }

                    Console.WriteLine($"  code     {inputs.CodeDigest}");
                    Console.WriteLine($"  kernels  {inputs.KernelDigest}");
                    Console.WriteLine($"  device   {inputs.Device}, {inputs.Precision}");
                    Console.WriteLine($"  folder   {planned.Folder}");
                }
            }

            return ExitCode.Ok;
        });
        return command;
    }
}
