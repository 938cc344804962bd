// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Text.Json;
using Yoso.Experiments.Catalog;
using Yoso.Experiments.Efficiency;
using Yoso.Experiments.Runs;
using Yoso.Reports.Figures;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Commands;

internal static class EfficiencyCommand
{
    public static Command Create()
    {
        var full = new Option<bool>("--full") { Description = "all attentions up to 16,384 tokens, for an hour or two on a quiet machine; without it a few short lengths in under a minute" };
        var models = new Option<string[]>("--models") { Description = $"some of {string.Join(' ', EfficiencyModels.Names)}", AllowMultipleArgumentsPerToken = true };
        var lengths = new Option<int[]>("--lengths") { Description = "some lengths only, e.g. 1024 2048 4096", AllowMultipleArgumentsPerToken = true };
        var sameBatch = new Option<bool>("--same-batch") { Description = "leaves out the max-batch mode" };
        var threads = new Option<int>("--threads") { Description = "threads; 0: one a core", DefaultValueFactory = _ => 0 };
        var estimate = new Option<bool>("--estimate") { Description = "says how many minutes it would take, from two short steps of each model" };
        var cached = new Option<bool>("--cached") { Description = "keeps the record that is there if program, plan and machine are the same" };
        var point = new Option<string?>("--point") { Description = "measures one point in this process", Hidden = true };
        var (device, output) = (new JobOptions().Device, new JobOptions().Output);
        var command = new Command("efficiency", "Times training steps and their memory against the length into <output>/bench/efficiency-<device>.{json,md} and -{time,memory}.svg")
        {
            full, models, lengths, sameBatch, threads, estimate, cached, device, output, point,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            if (parsed.GetValue(point) is { } request)
            {
                PointProcess.Answer(request, Console.Out);
                return Task.FromResult(ExitCode.Ok);
            }

            var plan = parsed.GetValue(full) ? EfficiencyPlan.Full : EfficiencyPlan.Smoke;
            plan = Narrow(plan, parsed.GetValue(models) ?? [], parsed.GetValue(lengths) ?? [], parsed.GetValue(sameBatch));
            if (parsed.GetValue(threads) is < 0 or > 1024)
            {
                throw new UsageException($"--threads {parsed.GetValue(threads)}: need 1 to 1024, or 0 for one a core");
            }

            var count = parsed.GetValue(threads) is > 0 and var asked ? asked : Environment.ProcessorCount;
            return Task.FromResult(Measure(new Request(
                plan, DeviceClass.Resolve(parsed.GetValue(device)!), count, parsed.GetValue(output)!, $"./yoso {string.Join(' ', parsed.Tokens.Select(t => t.Value).Where(t => t != "--cached"))}",
                parsed.GetValue(estimate), parsed.GetValue(cached)), cancellationToken));
        });
        return command;
    }

    private sealed record Request(EfficiencyPlan Plan, string Device, int Threads, string Output, string Command, bool Estimate, bool Cached);

    private static int Measure(Request request, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(request.Output, "bench");
        Directory.CreateDirectory(folder);
        var stem = Path.Combine(folder, $"efficiency-{request.Device}");
        var key = MeasurementKey.Of("efficiency", JsonSerializer.Serialize(request.Plan), request.Device, $"{request.Threads}");
        if (request.Cached && RunRecordJson.TryReadEfficiency(stem + ".json", out _)?.Key == key)
        {
            Console.WriteLine($"{stem}.json is of this program, plan and machine");
            return ExitCode.Ok;
        }

        if (request.Estimate)
        {
            var minutes = new EfficiencyEstimate(request.Plan, request.Device, request.Threads, new PointProcess(), Console.Out).Minutes(cancellationToken);
            Console.WriteLine(FormattableString.Invariant($"about {Math.Ceiling(minutes)} min in all; a run that is stopped goes on where it was"));
            return ExitCode.Ok;
        }

        var store = new PointStore(new PointProcess(), stem + ".partial.jsonl", key);
        if (store.Count > 0)
        {
            Console.WriteLine($"goes on: {store.Count} answers of an earlier start are kept");
        }

        Write(new EfficiencyRun(request.Plan, request.Device, request.Threads, store, Console.Out, TimeProvider.System).Run(request.Command, cancellationToken) with { Key = key }, stem);
        store.Delete();
        return ExitCode.Ok;
    }

    private static EfficiencyPlan Narrow(EfficiencyPlan plan, string[] models, int[] lengths, bool sameBatch)
    {
        foreach (var model in models)
        {
            if (Spelling.Problem("efficiency model", model, EfficiencyModels.Names) is { } problem)
            {
                throw new UsageException(problem);
            }
        }

        if (lengths.FirstOrDefault(n => n is < 2 or > 1 << 20) is not 0 and var bad)
        {
            throw new UsageException($"--lengths {bad}: need 2 to {1 << 20}");
        }

        return plan with
        {
            Models = models.Length > 0 ? [.. EfficiencyModels.Names.Where(models.Contains)] : plan.Models,
            Lengths = lengths.Length > 0 ? [.. lengths.Distinct().Order()] : plan.Lengths,
            MaxBatchLengths = sameBatch ? [] : lengths.Length > 0 && plan.MaxBatchLengths.Count > 0 ? [.. lengths.Distinct().Order()] : plan.MaxBatchLengths,
        };
    }

    private static void Write(EfficiencyRecord record, string stem)
    {
        foreach (var (name, svg) in MeasurementFigures.Of(record))
        {
            AtomicFile.WriteText(Path.Combine(Path.GetDirectoryName(stem)!, name + ".svg"), svg);
        }

        AtomicFile.WriteText(stem + ".md", new EfficiencyMarkdown(record).Text());
        AtomicFile.WriteText(stem + ".json", JsonSerializer.Serialize(record, RunRecordJson.Options) + "\n");
        Console.WriteLine($"{stem}.md, .json, -time.svg and -memory.svg written");
    }
}
