// SPDX-License-Identifier: MIT
using System.Diagnostics;
using System.Globalization;
using Docker.DotNet.Models;

namespace Executors;

/// <summary>
/// Containers of builds that died. Each carries the machine, process and start time of its build; one whose build is gone would run on,
/// holding the lock of its job, and nobody would remove it.
/// </summary>
internal static class Leftovers
{
    private const string Machine = "yoso.machine", Owner = "yoso.owner", Output = "yoso.output";

    /// <summary>Labels of this process for containers that work on an output folder.</summary>
    public static Dictionary<string, string> Labels(string output)
    {
        using var process = Process.GetCurrentProcess();
        return new() { [Machine] = Environment.MachineName, [Owner] = $"{process.Id} {StartOf(process)}", [Output] = output };
    }

    /// <summary>Kills and removes those of the output folder whose build is gone; returns their names.</summary>
    public static async Task<IReadOnlyList<string>> Remove(DockerEngine engine, string output, CancellationToken cancellationToken) => await engine.Guard(async client =>
    {
        var containers = await client.Containers.ListContainersAsync(
            new ContainersListParameters
            {
                All = true,
                Filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [$"{Machine}={Environment.MachineName}"] = true, [$"{Output}={output}"] = true } },
            },
            cancellationToken);
        var removed = new List<string>();
        foreach (var container in containers.Where(c => c.Labels.TryGetValue(Owner, out var owner) && !IsAlive(owner)))
        {
            await ContainerRun.Remove(client, container.ID);
            removed.Add(container.Names[0].TrimStart('/'));
        }

        return removed;
    });

    /// <summary>A process number is used again; the start time tells the two apart.</summary>
    internal static bool IsAlive(string owner)
    {
        var parts = owner.Split(' ');
        try
        {
            using var process = Process.GetProcessById(int.Parse(parts[0], CultureInfo.InvariantCulture));
            return StartOf(process) == parts[1];
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return false;
        }
    }

    /// <summary>In seconds: .NET works it out from the boot time, which moves by fractions.</summary>
    private static string StartOf(Process process) => new DateTimeOffset(process.StartTime.ToUniversalTime()).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
