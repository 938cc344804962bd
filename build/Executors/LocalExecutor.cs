// SPDX-License-Identifier: MIT
using System.Globalization;

namespace Executors;

/// <summary>This machine: <c>yoso run</c> on this console, which starts a process for each job.</summary>
internal sealed class LocalExecutor(string assembly, string folder) : IExecutor
{
    public void Run(JobRequest request, CancellationToken cancellationToken) => ChildProcess.Check(
        "yoso run", "dotnet", folder, [assembly, "run", request.Selection, .. request.Options, "--slots", request.Slots.ToString(CultureInfo.InvariantCulture), .. request.KeepOption]);
}
