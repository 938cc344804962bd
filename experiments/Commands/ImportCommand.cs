// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;
using Yoso.Models.WeightFiles;

namespace Yoso.Experiments.Commands;

/// <summary>Reads weights that another program saved and writes them as safetensors under our names.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "safetensors, or a state dict of PyTorch (.bin, .pt, .model, .cp)" };
        var names = new Option<string>("--as") { Description = "whose parameter names it has: auto, upstream, hf-yoso, hf-bert or hf-roberta", DefaultValueFactory = _ => WeightOptions.Auto };
        var to = new Option<string?>("--to") { Description = "file to write; default: <file without its ending>.yoso.safetensors" };
        var check = new Option<bool>("--check") { Description = "only say what the file holds" };
        var incomplete = new Option<bool>("--allow-missing") { Description = "write it although parameters are missing; they start from a model's seed" };
        var command = new Command("import", "Converts weights of upstream or Hugging Face to our safetensors; runs no code of the file") { file, names, to, check, incomplete };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            using var weights = ImportedWeights.Open(path, WeightOptions.Layout(parsed.GetValue(names)!));
            var report = Describe(weights);
            if (parsed.GetValue(check)) return report.IsComplete ? ExitCode.Ok : ExitCode.Failed;
            if (report.Mismatched.Count > 0 || !parsed.GetValue(incomplete)) report.ThrowIfIncomplete(path);

            var target = parsed.GetValue(to) ?? Path.ChangeExtension(path, null) + ".yoso.safetensors";
            if (Path.GetFullPath(target) == Path.GetFullPath(path)) throw new UsageException($"--to {target} is the file itself; name another one");
            AtomicFile.Write(target, weights.Save);
            Console.WriteLine($"wrote {target}");
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Says what the file is and what it lacks.</summary>
    internal static WeightReport Describe(ImportedWeights weights)
    {
        var (sizes, report) = weights.Check();
        Console.WriteLine($"{weights.Path}: {weights.Format}, names of {weights.Layout.Name()}, {weights.Shapes.Count} tensors: {sizes}");
        foreach (var line in report.Lines()) Console.WriteLine("  " + line);
        return report;
    }
}
