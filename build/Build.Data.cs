// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Data => _ => _
        .Description("All data sets")
        .DependsOn(DataListops, DataText, DataRetrieval, DataImage, DataPathfinder, DataCorpus);

    Target DataListops => _ => _
        .Description("Generates the ListOps trees, or takes those of LRA's release where it is")
        .DependsOn(CompileProgram)
        .After(DataRetrieval)
        .Requires(() => OutputIsWritable)
        .Executes(() => MakeData("listops"));

    Target DataText => _ => _
        .Description("Samples, or at paper scale the film reviews (IMDb, 84 MB)")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => MakeData("text"));

    Target DataRetrieval => _ => _
        .Description("Samples, or at paper scale LRA's release (7.7 GB)")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => MakeData("retrieval"));

    Target DataImage => _ => _
        .Description("Samples, or at paper scale CIFAR-10 (170 MB)")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => MakeData("image"));

    Target DataPathfinder => _ => _
        .Description("Draws the Pathfinder images, or takes those of LRA's release where it is")
        .DependsOn(CompileProgram)
        .After(DataRetrieval)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => MakeData("pathfinder"));

    Target DataCorpus => _ => _
        .Description("Samples, or at paper scale Wikipedia and BookCorpus of the mirror")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => MakeData("bert"), () => MakeData("roberta"));
}
