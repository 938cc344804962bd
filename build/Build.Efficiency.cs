// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target Efficiency => _ => _
        .Description("Time and memory of a step against n; --scale paper measures")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .Executes(() => Yoso(["bench", "efficiency", "--device", Device, .. Scale == "paper" ? ["--full"] : Array.Empty<string>(), .. OutputFolder]));
}
