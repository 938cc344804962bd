// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Text.Json;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>One task and model at paper scale, as measured.</summary>
internal sealed record StepTime
{
    public required string Task { get; init; }
    public required string Model { get; init; }

    /// <summary>What stood in for the benchmark's files, or that they were there.</summary>
    public required string Data { get; init; }

    /// <summary>Examples of a step.</summary>
    public required int BatchSize { get; init; }

    /// <summary>Unmasked tokens of a step, both towers of a pair.</summary>
    public required double TokensPerStep { get; init; }

    /// <summary>Forward, backward and optimizer: median.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>Processor time of a step over all threads: on a machine that others use, less disturbed than the time on the clock.</summary>
    public required double CpuSecondsPerStep { get; init; }

    /// <summary>One batch of an evaluation: median.</summary>
    public required double SecondsPerEvaluationBatch { get; init; }

    /// <summary>Part of the steps' time, 0 to 1, that was spent waiting for a batch.</summary>
    public required double WaitShare { get; init; }

    /// <summary>Steps measured.</summary>
    public required int Steps { get; init; }

    public double TokensPerSecond => TokensPerStep / SecondsPerStep;
}

/// <summary>Step times of one machine, from <c>yoso bench lra</c>.</summary>
internal sealed record StepTimeTable
{
    public const string FileName = "lra-steps.json";

    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public int Schema { get; init; } = 1;
    public required DateTimeOffset MeasuredAt { get; init; }
    public required string Cpu { get; init; }
    public required string CpuKernels { get; init; }
    public required int Threads { get; init; }
    public required string Command { get; init; }

    /// <summary>What disturbed the measurement, null for nothing known.</summary>
    public string? Warning { get; init; }
    public required long PeakMemoryBytes { get; init; }
    public required IReadOnlyList<StepTime> Rows { get; init; }

    /// <summary>The table measured on this machine under the output folder, else the committed one; null when neither can be read.</summary>
    public static StepTimeTable? Find(string output)
    {
        var own = Path.Combine(output, "bench", FileName);
        return File.Exists(own) && Parse(File.ReadAllText(own)) is { } table ? table : Shipped.Value;
    }

    private static readonly Lazy<StepTimeTable?> Shipped = new(() =>
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"measured/{FileName}");
        return stream is null ? null : Parse(new StreamReader(stream).ReadToEnd());
    });

    /// <summary>Null where the text is no such table.</summary>
    internal static StepTimeTable? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<StepTimeTable>(text, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Seconds of a whole run with its evaluations, null where its task and model were not measured.</summary>
    public double? Estimate(LraRun run)
    {
        if (run.Scale != "paper" || Rows.FirstOrDefault(r => r.Task == run.Task && r.Model == run.Model) is not { } row)
        {
            return null;
        }

        var training = run.Training;
        var (dev, test) = run.Data.HeldOut;
        var evaluations = (training.Steps + training.EvaluateEvery - 1) / training.EvaluateEvery;
        var devBatches = Math.Min(run.Protocol.DevBatches ?? int.MaxValue, dev / training.BatchSize);
        return (training.Steps * row.SecondsPerStep) + (((double)evaluations * devBatches) + (test / training.BatchSize)) * row.SecondsPerEvaluationBatch;
    }
}
