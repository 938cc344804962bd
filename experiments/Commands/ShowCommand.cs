// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Text.Json;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class ShowCommand
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Create()
    {
        var job = new Argument<string>("job") { Description = "suite/task/model, e.g. lra/listops/yoso-32" };
        var scale = new Option<string>("--scale") { Description = "smoke, nightly or paper", DefaultValueFactory = _ => "smoke" };
        var command = new Command("show", "Prints the resolved configuration of a job as JSON") { job, scale };
        command.SetAction(parsed =>
        {
            var name = parsed.GetValue(job)!;
            if (name.Split('/').Length != 3)
            {
                throw new UsageException($"'{name}' is not a job: suite/task/model, e.g. lra/listops/yoso-32");
            }

            // The last: those that it needs come before it.
            Console.WriteLine(JobSelection.Jobs([name], [], [1], parsed.GetValue(scale)!, "cpu")[^1].ConfigurationJson().ToJsonString(Indented));
            return ExitCode.Ok;
        });
        return command;
    }
}
