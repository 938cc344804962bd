// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Lra => _ => _
        .Description("Long Range Arena: all tasks")
        .DependsOn(LraListops);

    Target LraListops => _ => _
        .Description("Long Range Arena: trains and tests the models on ListOps")
        .DependsOn(DataListops)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("lra/listops"));

    new Target Plan => _ => _
        .Description("What ReproduceAll would run, and what is done already")
        .DependsOn(CompileProgram)
        .Executes(() => Yoso(["plan", .. JobOptions]));

    /// <summary>Hands the jobs of a selection to the executor.</summary>
    void RunJobs(string selection)
    {
        switch (Executor)
        {
            case "auto" or "local":
                Yoso(["run", selection, .. JobOptions, "--slots", Slots]);
                break;
            default:
                Assert.Fail($"No executor '{Executor}'");
                break;
        }
    }
}
