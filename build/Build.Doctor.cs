// SPDX-License-Identifier: MIT
using Nuke.Common;
using Nuke.Common.IO;

partial class Build
{
    Target Doctor => _ => _
        .Description("What this machine has: cores, GPU, libtorch, data, Docker, Slurm")
        .DependsOn(CompileProgram)
        .Executes(() => Yoso(["doctor", .. OutputFolder]))
        .Executes(SayWhereJobsCanRun);

    bool ProgramExists => !FailedTargets.Contains(CompileProgram) && ProgramFile != null;

    bool OutputIsWritable
    {
        get
        {
            try
            {
                Output.CreateDirectory();
                using var probe = new FileStream(Output / $".write-{Environment.ProcessId}", FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
                return true;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return false;
            }
        }
    }

    string[] OutputFolder => Output == RootDirectory / "artifacts" ? [] : ["--output", Output];

    string[] Mirror => DataMirror == null ? [] : ["--data-mirror", DataMirror.Contains("://", StringComparison.Ordinal) ? DataMirror : Path.GetFullPath(DataMirror)];

    string[] ProtocolOption => Protocol == "paper" ? [] : ["--protocol", Protocol];

    string[] JobOptions =>
    [
        .. Models.Length > 0 ? ["--models", .. Models] : Array.Empty<string>(),
        .. Seeds.Length > 0 ? ["--seeds", .. Seeds] : Array.Empty<string>(),
        "--scale", Scale, "--device", Device, .. ProtocolOption, .. Mirror, .. OutputFolder,
    ];

    /// <summary>Starts the program on this console, so that its progress bars live.</summary>
    void Yoso(string[] arguments) => ChildProcess.Check($"yoso {arguments[0]}", "dotnet", RootDirectory, [ProgramFile!, .. arguments]);
}
