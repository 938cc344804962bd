// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Executors;

/// <summary>The command line of one job in a container or on a node.</summary>
internal static class RunArguments
{
    public static string[] Of(PlannedRun run, JobRequest request) =>
    [
        "run", run.Job, "--seeds", run.Seed.ToString(CultureInfo.InvariantCulture), "--scale", run.Scale, "--device", run.Device, "--protocol", run.Protocol, "--slots", "1",
        "--output", request.Output, .. request.DataMirror is { } mirror ? ["--data-mirror", mirror] : Array.Empty<string>(), .. request.KeepOption,
    ];
}
