// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Yoso.Cuda;
using Yoso.Cuda.Compilation;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.Commands;

/// <summary>Compiles the CUDA kernels, or says what is compiled and what it takes of a GPU.</summary>
internal static class KernelsCommand
{
    private static readonly string[] Compilers = ["auto", "nvcc", "nvrtc"];

    public static Command Create()
    {
        var command = new Command("kernels", "CUDA kernels: which compiler, what is compiled, registers and shared memory");
        command.SetAction(_ => Show());
        command.Add(CreateCompile());
        command.Add(CreateStep());
        return command;
    }

    private static Command CreateCompile()
    {
        var architectures = new Option<string[]>("--arch")
        {
            Description = "e.g. sm_90 or, as PTX, compute_80; default: those of the GPUs here, else sm_80 sm_86 sm_89 sm_90, and compute_80",
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var compiler = new Option<string>("--compiler") { Description = "auto, nvcc or nvrtc", DefaultValueFactory = _ => "auto" };
        var manifest = new Option<string?>("--manifest") { Description = "write the manifest to this file too" };
        var command = new Command("compile", "Compiles the CUDA kernels; what is compiled already stays") { architectures, compiler, manifest };
        command.SetAction(parsed => Compile(parsed.GetValue(architectures)!, parsed.GetValue(compiler)!, parsed.GetValue(manifest)));
        return command;
    }

    private static Command CreateStep()
    {
        var device = new Option<string>("--device") { Description = "cuda, or cpu to see that the CPU equals itself", DefaultValueFactory = _ => "cuda" };
        var models = new Option<string[]>("--models") { Description = "models to check", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["softmax", "yoso-e", "yoso-16", "yoso-32", "yoso-c-32"] };
        var scale = new Option<string>("--scale") { Description = "smoke: sequences of up to 64 tokens; paper: of up to 2,048", DefaultValueFactory = _ => "paper" };
        var command = new Command("step", "One training step of the LRA model on a GPU against the same step on the CPU") { device, models, scale };
        command.SetAction(parsed => Step(parsed.GetValue(device)!, parsed.GetValue(models)!, parsed.GetValue(scale)!));
        return command;
    }

    private static int Step(string asked, string[] models, string scale)
    {
        var problem = models.Select(m => Spelling.Problem("model", m, Names.Models)).FirstOrDefault(p => p is not null) ?? Spelling.Problem("scale", scale, Names.Scales);
        if (problem is not null)
        {
            throw new UsageException(problem);
        }

        var device = DeviceClass.Resolve(asked);
        var failed = 0;
        foreach (var (name, run) in StepCheck.Runs(models, scale))
        {
            var (found, allowed) = new StepCheck(run, examples: 4, seed: 1).Compare(new TorchSharp.torch.Device(device));
            var passed = found.IsWithin(allowed);
            failed += passed ? 0 : 1;
            Console.WriteLine($"{(passed ? "equal " : "DIFFERS")} {name} on {device}: {found}; allowed {allowed}");
        }

        return failed == 0 ? ExitCode.Ok : ExitCode.Failed;
    }

    private static int Show()
    {
        Console.WriteLine($"compiler  {Compiler()}");
        Console.WriteLine($"gpu       {CudaDevices.Describe()}");
        var path = Path.Combine(KernelLibrary.Folder, KernelManifest.FileName);
        if (!File.Exists(path))
        {
            Console.WriteLine($"compiled  nothing in {KernelLibrary.Folder} (./build.sh CompileKernels)");
            return ExitCode.Ok;
        }

        var manifest = KernelManifest.Parse(File.ReadAllBytes(path), path);
        Console.WriteLine($"compiled  {path}, by {manifest.Compiler}{(manifest.SourceDigest == KernelSources.Embedded.Digest() ? "" : ", of OTHER sources than this program's (./build.sh CompileKernels)")}");
        var table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("kernel").NoWrap()).AddColumns("width", "target");
        foreach (var name in (string[])["registers", "shared", "stack", "spills"])
        {
            table.AddColumn(new TableColumn(name).RightAligned());
        }

        foreach (var (unit, kernel) in manifest.Units.SelectMany(u => u.Kernels.Select(k => (u, k))))
        {
            table.AddRow(kernel.Name, Text(unit.Width), unit.Target, Text(kernel.Registers), Text(kernel.SharedBytes), Text(kernel.StackBytes), kernel.SpillBytes is { } spills ? Text(spills) : "?");
        }

        AnsiConsole.Write(table);
        return ExitCode.Ok;
    }

    private static int Compile(string[] architectures, string wanted, string? manifestFile)
    {
        if (Spelling.Problem("compiler", wanted, Compilers) is { } problem)
        {
            throw new UsageException(problem);
        }

        var compiler = KernelCompilers.Find(wanted, out var reasons)
            ?? throw new UsageException($"no CUDA compiler: {string.Join("; ", reasons)}. Install the CUDA toolkit (Debian: nvidia-cuda-toolkit of the component non-free, and clang-14)");
        Console.WriteLine($"compiling with {compiler.Version} ({compiler.Location})");
        var targets = architectures.Length > 0
            ? [.. architectures.Select(a => KernelTarget.Parse(a) ?? throw new UsageException($"--arch {a}: write sm_90 or compute_80"))]
            : KernelCompilers.DefaultTargets(compiler);
        try
        {
            var build = new KernelBuild(KernelSources.Embedded, compiler, KernelLibrary.Folder);
            var manifest = build.Run(targets);
            if (manifestFile is not null)
            {
                AtomicFile.WriteText(manifestFile, manifest.ToJson());
            }

            var spilling = manifest.Units.SelectMany(u => u.Kernels.Where(k => k.SpillBytes > 0).Select(k => $"{k.Name} (width {u.Width}, {u.Target})")).ToArray();
            var asked = manifest.Units.Count(u => targets.Any(t => t.ToString() == u.Target));
            var kept = manifest.Units.Length - asked;
            Console.WriteLine($"{asked} files in {KernelLibrary.Folder} for {string.Join(", ", targets)}: {build.Compiled} compiled, {asked - build.Compiled} were there{(kept > 0 ? $", {kept} for other targets stay" : "")}; {(spilling.Length == 0 ? "no spills" : "SPILLS in " + string.Join(", ", spilling))}");
            return ExitCode.Ok;
        }
        catch (KernelCompilationException e)
        {
            Console.Error.WriteLine(e.Message);
            return ExitCode.Failed;
        }
    }

    /// <summary>For the doctor: which compiler is used, or why none is.</summary>
    public static string Compiler() => KernelCompilers.Find("auto", out var reasons) is { } compiler
        ? $"{compiler.Version} ({compiler.Location})"
        : $"none: {string.Join("; ", reasons)}; needed for --device cuda only";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
