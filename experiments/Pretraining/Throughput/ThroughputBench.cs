// SPDX-License-Identifier: MIT
using System.Diagnostics;
using TorchSharp;
using Yoso.Data.Tokenization;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;
using Yoso.Models;
using static TorchSharp.torch;

namespace Yoso.Experiments.Pretraining.Throughput;

/// <summary>One model at one length.</summary>
/// <param name="Milliseconds">Median of a step, wall time.</param>
/// <param name="Quartiles">Half the distance of the quartiles.</param>
/// <param name="CpuMilliseconds">Median processor time of a step over all threads, divided by their number: other programs disturb it less.</param>
internal sealed record ThroughputRow(string Model, int Length, string Precision, int TokensPerStep, double Milliseconds, double Quartiles, double CpuMilliseconds, int Steps)
{
    public double TokensPerSecond => TokensPerStep / Milliseconds * 1000;

    public double CpuTokensPerSecond => TokensPerStep / CpuMilliseconds * 1000;
}

/// <summary>The rows with where and how they were measured.</summary>
internal sealed record ThroughputResult(string Measured, string Command, string Cpu, int Threads, string Commit, string LoadAverage, IReadOnlyList<ThroughputRow> Rows);

/// <summary>
/// Times whole training steps of bert-small (examples, forward, backward, AdamW), softmax and yoso-32 in turns, so that what disturbs
/// one disturbs the other. About 4,096 tokens a step at each length.
/// </summary>
internal sealed class ThroughputBench(IReadOnlyList<int> lengths, IReadOnlyList<bool> bfloat16, int steps, int threads, TextWriter log)
{
    private const int TokensPerStep = 4096;

    // The first compiles, and until the heap has grown to what both models need, fresh pages cost up to a fifth of a step.
    private const int WarmupSteps = 3;

    private sealed class Contender(string model, int length, PretrainRun run) : IDisposable
    {
        private readonly PretrainTask _task = new(
            run, Documents(run, 1), Documents(run, 2), new Vocabulary(run.Network.VocabularySize, new SpecialTokens(2, 3, 0, 1, 4)), CPU, 1);
        private AdamWOptimizer? _optimizer;
        private int _step;

        public string Model => model;

        public int Length => length;

        public PretrainRun Run => run;

        public List<(double Wall, double Cpu)> Times { get; } = [];

        public void Step(bool counts)
        {
            _optimizer ??= new AdamWOptimizer(_task.Parameters, run.Training);
            using var process = Process.GetCurrentProcess();
            var (cpu, clock) = (process.TotalProcessorTime, Stopwatch.GetTimestamp());
            using (NewDisposeScope())
            {
                _task.Model.train();
                _optimizer.ZeroGradients();
                _task.AccumulateGradients(_step);
                _optimizer.Step(1e-5, 0.9);
            }

            var wall = Stopwatch.GetElapsedTime(clock).TotalMilliseconds;
            process.Refresh();
            _step++;
            if (counts)
            {
                Times.Add((wall, (process.TotalProcessorTime - cpu).TotalMilliseconds));
            }
        }

        public void Dispose()
        {
            _optimizer?.Dispose();
            _task.Dispose();
        }

        private static SyntheticDocuments Documents(PretrainRun run, ulong seed) =>
            new(documents: 64, segments: 2 * run.Network.MaxLength / 16, segmentTokens: 16, run.Network.VocabularySize, new Seed(seed));
    }

    public ThroughputResult Run(string command, DateTimeOffset now)
    {
        set_num_threads(1); // as a job
        CpuThreads.Count = threads;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        var rows = new List<ThroughputRow>();
        foreach (var length in lengths)
        {
            foreach (var cast in bfloat16)
            {
                rows.AddRange(Compare(length, cast));
            }
        }

        var fingerprint = Fingerprint.Take(threads);
        return new ThroughputResult(now.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture), command, fingerprint.Cpu, threads, fingerprint.GitCommit, load, rows);
    }

    private IEnumerable<ThroughputRow> Compare(int length, bool cast)
    {
        using var softmax = new Contender("bert-small", length, Configuration("bert-small", length, cast));
        using var yoso = new Contender("yoso-v1-32-small", length, Configuration("yoso-v1-32-small", length, cast));
        Contender[] contenders = [softmax, yoso];
        for (var step = -WarmupSteps; step < steps; step++)
        {
            foreach (var contender in contenders)
            {
                contender.Step(counts: step >= 0);
            }
        }

        foreach (var contender in contenders)
        {
            double[] wall = [.. contender.Times.Select(t => t.Wall).Order()];
            var row = new ThroughputRow(
                contender.Model, length, contender.Run.Precision, contender.Run.Training.BatchSize * length,
                Trainer.Median(wall), (wall[wall.Length * 3 / 4] - wall[wall.Length / 4]) / 2, Trainer.Median(contender.Times.Select(t => t.Cpu)) / threads, steps);
            log.WriteLine(FormattableString.Invariant($"{row.Model} {row.Length} {row.Precision}: {row.Milliseconds:0} ms a step, {row.TokensPerSecond:0} tokens/s"));
            yield return row;
        }
    }

    /// <summary>The named configuration at a length, documents long enough that every example fills it.</summary>
    private static PretrainRun Configuration(string model, int length, bool cast)
    {
        var run = PretrainConfigurations.Resolve("bert", model, "paper");
        return run with
        {
            Bfloat16 = cast,
            Network = run.Network with { MaxLength = length, Attention = PretrainConfigurations.WithCodeLength(run.Network.Attention, length) },
            Training = run.Training with { BatchSize = Math.Max(1, TokensPerStep / length), MicroBatchSize = 0 },
            Instances = run.Instances with { ShortSequenceProbability = 0, MaxMasked = run.Instances.MaxMasked * Math.Max(1, length / 512), StepsPerRefill = 8, DevExamples = 1, KeepProbability = 1 },
        };
    }
}
