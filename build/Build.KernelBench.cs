// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target KernelBench => _ => _
        .Description("Times softmax and YOSO attention on this CPU, for about five minutes")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .Executes(() => Yoso(["bench", "kernels", .. OutputFolder]));
}
