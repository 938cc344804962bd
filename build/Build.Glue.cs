// SPDX-License-Identifier: MIT
using Nuke.Common;

partial class Build
{
    // Not the sum of the targets below: at smaller scales the program leaves out the tasks that have no sample.
    Target Glue => _ => _
        .Description("GLUE: pre-trains where needed, fine-tunes on all tasks")
        .DependsOn(CompileProgram)
        .After(Pretrain, PretrainBert, PretrainRoberta)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue"));

    Target GlueSst2 => _ => _
        .Description("GLUE: SST-2")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/sst-2"));

    Target GlueMrpc => _ => _
        .Description("GLUE: MRPC")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/mrpc"));

    Target GlueQnli => _ => _
        .Description("GLUE: QNLI, paper scale only")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/qnli"));

    Target GlueQqp => _ => _
        .Description("GLUE: QQP, paper scale only")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/qqp"));

    Target GlueMnli => _ => _
        .Description("GLUE: MNLI, paper scale only")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/mnli"));

    Target GlueCola => _ => _
        .Description("GLUE: CoLA, paper scale only")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/cola"));

    Target GlueRte => _ => _
        .Description("GLUE: RTE, paper scale only")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/rte"));

    Target GlueStsb => _ => _
        .Description("GLUE: STS-B, paper scale only")
        .DependsOn(CompileProgram)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("glue/sts-b"));

    // In no other target: its files are fetched by hand, at every scale.
    Target WikiHop => _ => _
        .Description("WikiHop at 4096 tokens, its files from --data-mirror")
        .DependsOn(CompileProgram)
        .After(Pretrain, PretrainRoberta)
        .Requires(() => OutputIsWritable)
        .ProceedAfterFailure()
        .Executes(() => RunJobs("qa/wikihop"));
}
