// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    [Parameter("Nightly: compare later nights with this one on")]
    readonly bool AcceptMoves;

    /// <summary>Always the nightly scale, on this machine: a night is compared with other nights of the same machine.</summary>
    Target Nightly => _ => _
        .Description("All suites at nightly scale, and what moved since earlier nights")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .Executes(() =>
        {
            try
            {
                Yoso(["run", .. JobOptionsAt("nightly"), "--slots", Slots, .. KeepCheckpoints is null ? Array.Empty<string>() : ["--keep-checkpoints", KeepCheckpoints]]);
            }
            catch (Exception) when (!ChildProcess.Interrupted)
            {
                // The failed jobs are in the report and in the page of the night, which fails for them.
            }

            Yoso(["report", .. OutputFolder]);
            Yoso(["nightly", .. AcceptMoves ? ["--accept"] : Array.Empty<string>(), .. OutputFolder]);
        });

    string[] JobOptionsAt(string scale)
    {
        var options = JobOptions;
        options[Array.IndexOf(options, "--scale") + 1] = scale;
        return options;
    }
}
