// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Text.Json;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Efficiency;

/// <summary>Gets a point measured.</summary>
internal interface IPointMeter
{
    /// <summary>The answer, or why there is none.</summary>
    (PointAnswer? Answer, string? Missing) Measure(PointRequest request, CancellationToken cancellationToken);
}

/// <summary>By a process of this program for each point: "yoso bench efficiency --point JSON".</summary>
internal sealed class PointProcess : IPointMeter
{
    /// <summary>Before the line with the answer; native libraries print to standard output too.</summary>
    private const string Mark = "point ";

    public (PointAnswer? Answer, string? Missing) Measure(PointRequest request, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(start.FileName) == "dotnet")
        {
            start.ArgumentList.Add(typeof(PointProcess).Assembly.Location);
        }

        foreach (var argument in (string[])["bench", "efficiency", "--point", JsonSerializer.Serialize(request)])
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        using var stop = cancellationToken.Register(() => process.Kill());
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellationToken.ThrowIfCancellationRequested();
        var line = output.Split('\n').LastOrDefault(l => l.StartsWith(Mark, StringComparison.Ordinal));
        return line is not null && process.ExitCode == 0
            ? (JsonSerializer.Deserialize<PointAnswer>(line[Mark.Length..]), null)
            : (null, Reason(process.ExitCode, errors.Result));
    }

    /// <summary>What the measuring process does: answers on standard output.</summary>
    public static void Answer(string request, TextWriter output)
    {
        var answer = PointMeasurement.Measure(JsonSerializer.Deserialize<PointRequest>(request) ?? throw new UsageException("--point: an empty request"));
        output.WriteLine(Mark + JsonSerializer.Serialize(answer));
    }

    private static string Reason(int code, string errors)
    {
        var lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (lines.Any(l => l.Contains("out of memory", StringComparison.OrdinalIgnoreCase)) || code is 137 or -9)
        {
            return "out of memory";
        }

        return lines.FirstOrDefault()?.Trim() ?? $"the measuring process ended with code {code}";
    }
}
