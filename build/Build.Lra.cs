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
}
