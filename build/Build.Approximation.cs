// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target Approximation => _ => _
        .Description("Error of sampled YOSO against m and n; --scale paper: all")
        .DependsOn(CompileProgram)
        .After(Lra)
        .Requires(() => OutputIsWritable)
        .Executes(() => Yoso(["bench", "approximation", "--scale", Scale, .. Scale == "paper" ? ["--full"] : Array.Empty<string>(), .. OutputFolder]));
}
