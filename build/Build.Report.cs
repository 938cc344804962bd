// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Report => _ => _
        .Description("Renders the report from the records that exist")
        .DependsOn(CompileProgram)
        .After(Lra, LraListops)
        .AssuredAfterFailure()
        .OnlyWhenDynamic(() => ProgramExists)
        .OnlyWhenDynamic(() => !ChildProcess.Interrupted)
        .Executes(() => Yoso(["report", .. OutputFolder]));
}
