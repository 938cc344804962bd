// SPDX-License-Identifier: MIT
using System.Reflection;
using System.Text.Json;
using Yoso.Experiments.Runs;

namespace Yoso.Experiments.LongRangeArena.StepTimes;

/// <summary>One task and model at paper scale, as measured.</summary>
internal sealed record StepTime
{
    /// <summary>What a job runs: packed tokens, fused kernels.</summary>
    public const string Fused = "fused";

    /// <summary>Plain TorchSharp on padded batches (<see cref="TorchSoftmax"/>).</summary>
    public const string Torch = "torch";

    public required string Task { get; init; }
    public required string Model { get; init; }

    /// <summary><see cref="Fused"/> or <see cref="Torch"/>.</summary>
    public string Implementation { get; init; } = Fused;

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
    public static StepTimeTable? Find(string output) => Own(output) ?? Committed.Value;

    /// <summary>The table measured on this machine under the output folder, null when there is none.</summary>
    public static StepTimeTable? Own(string output)
    {
        var own = Path.Combine(output, "bench", FileName);
        return File.Exists(own) ? Parse(File.ReadAllText(own)) : null;
    }

    /// <summary>The table that comes with the program.</summary>
    public static Lazy<StepTimeTable?> Committed { get; } = new(() =>
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

    /// <summary>This table with the rows of an earlier one of the same machine that it does not measure again.</summary>
    /// <exception cref="ArgumentException">The earlier one is of another processor or number of threads.</exception>
    public StepTimeTable AddedTo(StepTimeTable earlier)
    {
        if ((earlier.Cpu, earlier.CpuKernels, earlier.Threads) != (Cpu, CpuKernels, Threads))
        {
            throw new ArgumentException($"the earlier table is of {earlier.Cpu}, {earlier.CpuKernels}, {earlier.Threads} threads; this one is of {Cpu}, {CpuKernels}, {Threads} threads");
        }

        var kept = earlier.Rows.Where(e => !Rows.Any(r => (r.Task, r.Model, r.Implementation) == (e.Task, e.Model, e.Implementation)));
        return this with
        {
            Command = $"{earlier.Command}; {Command}",
            Warning = Warning ?? earlier.Warning,
            PeakMemoryBytes = Math.Max(PeakMemoryBytes, earlier.PeakMemoryBytes),
            Rows = [.. kept.Concat(Rows).OrderBy(r => Array.IndexOf(Tasks, r.Task)).ThenByDescending(r => r.Implementation == StepTime.Torch).ThenBy(r => Array.IndexOf(Models, r.Model))],
        };
    }

    /// <summary>What a job of this task and model runs, null where it was not measured.</summary>
    public StepTime? Row(string task, string model, string implementation = StepTime.Fused) =>
        Rows.FirstOrDefault(r => r.Task == task && r.Model == model && r.Implementation == implementation);

    private static string[] Tasks => Catalog.Names.Suites["lra"].Tasks;

    private static string[] Models => Catalog.Names.Suites["lra"].Models;
}
