// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target Approximation => _ => _
        .Description("Error of sampled YOSO against m and n; --scale paper: all")
        .DependsOn(CompileProgram)
        .After(Lra, LraListops)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => Yoso(["bench", "approximation", "--cached", "--scale", Scale, .. Scale == "paper" ? ["--full"] : Array.Empty<string>(), .. OutputFolder]));
}
