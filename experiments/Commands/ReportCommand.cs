// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

internal static class ReportCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var command = new Command("report", "Renders the tables of all finished jobs into <output>/report/") { options.Output };
        command.SetAction(parsed =>
        {
            var output = parsed.GetValue(options.Output)!;
            Console.WriteLine(ReportInputs.Render(output, TimeProvider.System));
            return ExitCode.Ok;
        });
        return command;
    }
}
