// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Lra => _ => _
        .Description("Long Range Arena: all tasks")
        .DependsOn(LraListops, LraText, LraRetrieval, LraImage, LraPathfinder);

    Target LraListops => _ => _
        .Description("Long Range Arena: trains and tests the models on ListOps")
        .DependsOn(DataListops)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("lra/listops"));

    Target LraText => _ => _
        .Description("Long Range Arena: bytes of film reviews")
        .DependsOn(DataText)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("lra/text"));

    Target LraRetrieval => _ => _
        .Description("Long Range Arena: pairs of papers")
        .DependsOn(DataRetrieval)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("lra/retrieval"));

    Target LraImage => _ => _
        .Description("Long Range Arena: pixels of images")
        .DependsOn(DataImage)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("lra/image"));

    Target LraPathfinder => _ => _
        .Description("Long Range Arena: contours in images")
        .DependsOn(DataPathfinder)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("lra/pathfinder"));

    new Target Plan => _ => _
        .Description("What ReproduceAll would run, and what is done already")
        .DependsOn(CompileProgram)
        .Executes(() => Yoso(["plan", .. JobOptions]));
}
