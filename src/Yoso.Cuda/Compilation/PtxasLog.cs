// SPDX-License-Identifier: MIT
using System.Text.RegularExpressions;

namespace Yoso.Cuda.Compilation;

/// <summary>Reads what "ptxas -v" says of each kernel: registers, shared memory, stack and spills.</summary>
internal static partial class PtxasLog
{
    public static KernelResources[] Parse(string log)
    {
        var kernels = new List<KernelResources>();
        string? name = null;
        var (stack, spills) = (0, 0);
        foreach (var line in log.Split('\n'))
        {
            if (Entry().Match(line) is { Success: true } entry)
            {
                (name, stack, spills) = (entry.Groups[1].Value, 0, 0);
            }
            else if (name is not null && Frame().Match(line) is { Success: true } frame)
            {
                (stack, spills) = (Number(frame, 1), Number(frame, 2) + Number(frame, 3));
            }
            else if (name is not null && Used().Match(line) is { Success: true } used)
            {
                var shared = Shared().Match(line) is { Success: true } match ? Number(match, 1) : 0;
                kernels.Add(new KernelResources(name, Number(used, 1), shared, stack, spills));
                name = null;
            }
        }

        return [.. kernels.OrderBy(k => k.Name, StringComparer.Ordinal)];
    }

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("Compiling entry function '([^']+)' for '")]
    private static partial Regex Entry();

    [GeneratedRegex(@"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads")]
    private static partial Regex Frame();

    [GeneratedRegex(@"Used (\d+) registers")]
    private static partial Regex Used();

    [GeneratedRegex(@"(\d+) bytes smem")]
    private static partial Regex Shared();
}
