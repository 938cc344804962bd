// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Data => _ => _
        .Description("All data sets")
        .DependsOn(DataListops);

    Target DataListops => _ => _
        .Description("Generates the ListOps trees")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .Executes(() => MakeData("listops"));
}
