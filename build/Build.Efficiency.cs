// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target Efficiency => _ => _
        .Description("Time and memory of a step against n; --scale paper measures")
        .DependsOn(CompileProgram)
        .After(Pretrain, PretrainBert, PretrainRoberta, Glue, Lra, LraListops, LraText, LraRetrieval, LraImage, LraPathfinder)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => Yoso(["bench", "efficiency", "--cached", "--device", Device, .. Scale == "paper" ? ["--full"] : Array.Empty<string>(), .. OutputFolder]));
}
