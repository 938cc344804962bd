// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;
using Serilog;

partial class Build
{
    [Parameter("CompileKernels: GPU architectures, e.g. sm_90", Separator = "+")]
    readonly string[] Arch = [];

    static AbsolutePath KernelFolder => RootDirectory / "artifacts" / "kernels";

    Target CompileKernels => _ => _
        .Description("Compiles the CUDA kernels with nvcc or NVRTC")
        .DependsOn(CompileProgram)
        .Executes(() => Yoso(["kernels", "compile", .. Arch.Length > 0 ? ["--arch", .. Arch] : Array.Empty<string>()]));

    Target KernelSelfTest => _ => _
        .Description("Makes artifacts/tools/yoso-kernels, a check for GPU machines without .NET")
        .DependsOn(CompileKernels)
        .Executes(() =>
        {
            ChildProcess.CheckQuietly("dotnet publish", "dotnet", RootDirectory,
                ["publish", "src/Yoso.Cuda.SelfTest", "-c", "Release", "-v", "quiet", "-nologo", "-nodeReuse:false", $"-p:CompiledKernels={KernelFolder}", "-o", RootDirectory / "artifacts" / "tools"]);
            // A publish that a signal ends early can still return 0.
            if (!Directory.EnumerateFiles(RootDirectory / "artifacts" / "tools", "yoso-kernels*").Any())
            {
                throw new ChildFailed("dotnet publish left no yoso-kernels in artifacts/tools: run ./build.sh KernelSelfTest again");
            }

            Log.Information("{Program:l}: copy it to a GPU machine and start it there", RootDirectory / "artifacts" / "tools" / "yoso-kernels");
        });
}
