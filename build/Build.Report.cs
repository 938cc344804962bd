// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Report => _ => _
        .Description("Renders the report from the records that exist")
        .DependsOn(CompileProgram)
        .After(Pretrain, PretrainBert, PretrainRoberta, Lra, LraListops, LraText, LraRetrieval, LraImage, LraPathfinder)
        .After(Glue, GlueSst2, GlueMrpc, GlueQnli, GlueQqp, GlueMnli, GlueCola, GlueRte, GlueStsb, WikiHop)
        .After(Efficiency, Approximation)
        .AssuredAfterFailure()
        .OnlyWhenDynamic(() => ProgramExists)
        .OnlyWhenDynamic(() => !ChildProcess.Interrupted)
        .Executes(() => Yoso(["report", .. OutputFolder]));
}
