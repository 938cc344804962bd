// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    Target Pretrain => _ => _
        .Description("Pre-training in both styles")
        .DependsOn(PretrainBert, PretrainRoberta);

    Target PretrainBert => _ => _
        .Description("Pre-trains BERT: masked language model, sentence order")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("pretrain/bert"));

    Target PretrainRoberta => _ => _
        .Description("Pre-trains RoBERTa: masked language model")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("pretrain/roberta"));
}
