// SPDX-License-Identifier: MIT
using System.Globalization;
using Serilog;
using TorchSharp;
using Yoso.Data;
using Yoso.Experiments.LongRangeArena;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>Runs one job in this process: lock, training with resume, and the record as the last thing written.</summary>
internal sealed class JobRunner(string output, int threads, ITrainingEvents events, TimeProvider time)
{
    /// <summary>Seconds between two checkpoints.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>Returns true when the record was there already.</summary>
    public bool Run(Job job, ClassificationData data, CancellationToken cancellationToken)
    {
        var inputs = job.Inputs(data.Manifest.Digest);
        var key = Job.Key(inputs);
        var folder = new RunFolder(output, job, key);
        using var held = RunLock.Acquire(folder.Path, time, text => events.Publish(new Note(text)), cancellationToken);
        if (folder.Finished() is not null)
        {
            return true;
        }

        foreach (var leftover in Directory.EnumerateFiles(folder.Path, "*.partial", SearchOption.AllDirectories).ToArray())
        {
            File.Delete(leftover); // of a process that was killed while it wrote
        }

        using var log = new LoggerConfiguration()
            .WriteTo.File(folder.Log, outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}", formatProvider: CultureInfo.InvariantCulture)
            .CreateLogger();
        log.Information("{Job} starts: key {Key}, process {Process}", job.ToString(), key, Environment.ProcessId);
        try
        {
            File.Delete(folder.Failure);
            AtomicFile.WriteText(folder.Configuration, job.ConfigurationJson().ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n");
            Train(job, data, inputs, key, folder, log, cancellationToken);
            log.Information("{Job} is finished", job.ToString());
            return false;
        }
        catch (OperationCanceledException e)
        {
            log.Information("{Message}", e.Message);
            throw;
        }
        catch (Exception e)
        {
            log.Error(e, "{Job} failed", job.ToString());
            throw;
        }
    }

    private void Train(Job job, ClassificationData data, RunInputs inputs, string key, RunFolder folder, ILogger log, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var clock = time.GetTimestamp();
        var run = job.Configuration;
        // One thread for TorchSharp's own operations: their sums depend on the number of threads, our kernels' do not.
        torch.set_num_threads(1);
        CpuThreads.Count = threads;
        if (!DataSets.IsWhole(data))
        {
            throw new InvalidDataException($"the data set {data.Manifest.Name} does not match its digest; delete its folder under {output} and start again");
        }

        using var task = new LraTask(run, data, torch.device(job.Device), job.Seed);
        var trainer = new Trainer(run.Training, task, folder.Checkpoints, new LoggedEvents(events, log), time) { CheckpointSeconds = CheckpointSeconds };
        var result = trainer.Run(cancellationToken);
        AtomicFile.WriteText(folder.Metrics, trainer.Metrics.ToText());
        AtomicFile.Write(folder.Weights, stream => SafeTensors.Write(stream, task.Model));
        var unchanged = DataSets.IsWhole(data);
        var (_, scored) = task.EvaluatedExamples("test");
        var record = new RunRecord
        {
            Job = job.Identity,
            Key = key,
            Inputs = inputs,
            Results =
            [
                new("dev", "accuracy", result.BestDev.Accuracy, result.BestDev.Count), new("dev", "loss", result.BestDev.Loss, result.BestDev.Count),
                new("test", "accuracy", result.Test.Accuracy, result.Test.Count), new("test", "loss", result.Test.Loss, result.Test.Count),
            ],
            Baselines = ListOpsRules.Score(data, scored),
            Protocol = Protocol(run, data, scored, result.BestStep),
            Data = Describe(data),
            Fingerprint = Fingerprint.Take(threads),
            StartedAt = started,
            WallSeconds = time.GetElapsedTime(clock).TotalSeconds,
            PeakMemoryBytes = Fingerprint.PeakMemory(),
            ParameterCount = task.Parameters.Sum(p => p.numel()),
            Steps = run.Training.Steps,
            SecondsPerStep = result.SecondsPerStep,
            Command = job.Command,
            Trusted = unchanged,
        };
        AtomicFile.WriteText(folder.Record, RunRecordJson.Serialize(record));
        folder.Checkpoints.Delete();
    }

    private static RunProtocol Protocol(LraRun run, ClassificationData data, int scored, int bestStep) => new()
    {
        Name = run.Protocol.Name,
        SelectionSplit = "dev",
        CheckpointRule = "best-dev-accuracy",
        DropLastTestBatch = run.Protocol.DropLastTestBatch,
        TestExamplesScored = scored,
        TestExamples = data.Test.Count,
        Precision = "float32",
        Options = new Dictionary<string, string>
        {
            ["mean-divisor"] = run.Protocol.MeanDivisor,
            ["dev-order"] = "fixed",
            ["hash-draws-in-evaluation"] = "one, fixed by the seed",
            ["best-step"] = bestStep.ToString(CultureInfo.InvariantCulture),
        },
    };

    private static DataDescription Describe(ClassificationData data) => new()
    {
        Name = data.Manifest.Name,
        Digest = data.Manifest.Digest,
        Kind = data.Manifest.Kind.ToString().ToLowerInvariant(),
        Licence = data.Manifest.Licence,
        Source = data.Manifest.Source,
        TrainCount = data.Train.Count,
        DevCount = data.Dev.Count,
        TestCount = data.Test.Count,
    };

    private sealed class LoggedEvents(ITrainingEvents inner, ILogger log) : ITrainingEvents
    {
        public void Publish(TrainingEvent trainingEvent)
        {
            switch (trainingEvent)
            {
                case EvaluationDone e:
                    log.Information("step {Step}: {Split} loss {Loss:0.0000}, accuracy {Accuracy:0.00} %", e.Step, e.Split, e.Loss, e.Accuracy);
                    break;
                case Note n:
                    log.Information("{Text}", n.Text);
                    break;
            }

            inner.Publish(trainingEvent);
        }
    }
}
