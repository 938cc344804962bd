// SPDX-License-Identifier: MIT
using System.CommandLine;
using Yoso.Experiments.Runs;
using Yoso.Models.WeightFiles;

namespace Yoso.Experiments.Commands;

/// <summary>Writes a language model for transformers' YosoModel and YosoForMaskedLM.</summary>
internal static class ExportCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "weights.safetensors of a run, or what 'yoso import' reads" };
        var names = new Option<string>("--as") { Description = "whose parameter names it has: auto, upstream, hf-yoso, hf-bert or hf-roberta", DefaultValueFactory = _ => WeightOptions.Auto };
        var to = new Option<string>("--to") { Description = "folder to write model.safetensors and config.json into", Required = true };
        var heads = new Option<int?>("--heads") { Description = "attention heads; default: that of the run, else one for each 64 dimensions" };
        var hashes = new Option<int?>("--hashes") { Description = "hash functions; default: that of the run, else 32" };
        var code = new Option<int?>("--code-length") { Description = "hyperplanes of a hash; default: that of the run, else 9" };
        var expectation = new Option<bool>("--expectation") { Description = "YOSO-E instead of sampling; a run's own configuration says it by itself" };
        var command = new Command("export", "Writes a language model as Hugging Face's YosoModel loads it") { file, names, to, heads, hashes, code, expectation };
        command.SetAction(parsed =>
        {
            var path = parsed.GetValue(file)!;
            using var weights = ImportedWeights.Open(path, WeightOptions.Layout(parsed.GetValue(names)!));
            ImportCommand.Describe(weights);
            var run = WeightOptions.AttentionOfRun(path);
            if (run is not null && run.Type is not ("Yoso" or "YosoExpectation")) Console.WriteLine($"note: the run was trained with {run.Type}; YosoModel computes another attention with its weights");
            var options = new YosoExportOptions { HeadCount = parsed.GetValue(heads) ?? run?.HeadCount, Expectation = parsed.GetValue(expectation) || run?.Type == "YosoExpectation" };
            options = options with { HashCount = parsed.GetValue(hashes) ?? run?.HashCount ?? options.HashCount, HashCodeLength = parsed.GetValue(code) ?? run?.HashCodeLength ?? options.HashCodeLength };
            var export = new HuggingFaceExport(weights, options);

            var folder = parsed.GetValue(to)!;
            Directory.CreateDirectory(folder);
            AtomicFile.Write(Path.Combine(folder, "model.safetensors"), export.WriteWeights);
            AtomicFile.Write(Path.Combine(folder, "config.json"), export.WriteConfig);
            if (export.LeftOut.Count > 0) Console.WriteLine($"left out, YosoModel has no place for them: {string.Join(", ", export.LeftOut)}");
            Console.WriteLine($"wrote {folder}: transformers' YosoForMaskedLM.from_pretrained reads it");
            return ExitCode.Ok;
        });
        return command;
    }
}
