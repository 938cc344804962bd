// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Runtime.InteropServices;
using Spectre.Console;
using TorchSharp;
using Yoso.Experiments.Runs;
using Yoso.Models.Native;

namespace Yoso.Experiments.Commands;

internal static class DoctorCommand
{
    public static Command Create()
    {
        var output = new Option<string>("--output") { Description = "folder for data, runs and report", DefaultValueFactory = _ => "artifacts" };
        var command = new Command("doctor", "Says what this machine has: cores, kernels, libtorch, GPU, disk, data") { output };
        command.SetAction(parsed =>
        {
            var grid = new Grid().AddColumn(new GridColumn().NoWrap().PadRight(2)).AddColumn();
            foreach (var (name, value) in Findings(parsed.GetValue(output)!))
            {
                grid.AddRow(new Text(name), new Text(value));
            }

            AnsiConsole.Write(grid);
            return ExitCode.Ok;
        });
        return command;
    }

    private static IEnumerable<(string, string)> Findings(string output)
    {
        yield return ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.ProcessArchitecture}");
        yield return (".NET", RuntimeInformation.FrameworkDescription);
        yield return ("cpu", Fingerprint.CpuModel());
        yield return ("cpu kernels", Fingerprint.CpuKernelPath());
        yield return ("memory", $"{GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GiB");
        yield return ("libtorch", Torch());
        if (File.Exists(".nuke/temp/torch-backend"))
        {
            yield return ("torch backend", string.Join(": ", File.ReadAllLines(".nuke/temp/torch-backend")));
        }

        yield return ("gpu", Fingerprint.Output("nvidia-smi", "--query-gpu=name,driver_version,memory.total --format=csv,noheader")?.Trim() ?? "none (nvidia-smi finds none); jobs run on the CPU");
        yield return ("cuda driver", Yoso.Cuda.CudaDevices.Describe());
        yield return ("cuda compiler", KernelsCommand.Compiler());
        yield return ("disk", Disk(output));
        var data = Path.Combine(output, "data");
        var sets = Directory.Exists(data) ? Directory.GetDirectories(data).Select(Path.GetFileName).ToArray() : [];
        yield return ("data", sets.Length == 0 ? "none prepared yet (made when a job needs it)" : string.Join(", ", sets));
        yield return ("records", $"{new RunStore(output).Records().Count()} finished jobs under {output}");
    }

    private static string Torch()
    {
        try
        {
            using var one = torch.ones(1);
            return $"{TorchNative.Version}, {TorchNative.Description}{(torch.cuda_is_available() ? ", CUDA" : ", CPU only")}";
        }
        catch (Exception e)
        {
            return "does not start: " + e.GetBaseException().Message.Split('\n')[0];
        }
    }

    private static string Disk(string output)
    {
        // The folder itself may not exist yet.
        var folder = new DirectoryInfo(Path.GetFullPath(output));
        while (!folder.Exists && folder.Parent is { } parent)
        {
            folder = parent;
        }

        var drive = new DriveInfo(folder.FullName);
        return $"{drive.AvailableFreeSpace / (1L << 30)} GiB free for {output}";
    }
}
