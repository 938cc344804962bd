// SPDX-License-Identifier: MIT
using System.Globalization;
using Serilog;
using TorchSharp;
using Yoso.Experiments.Training;
using Yoso.Models;
using Yoso.Reports.Records;

namespace Yoso.Experiments.Runs;

/// <summary>Runs one job in this process: lock, training with resume, and the record as the last thing written.</summary>
internal sealed class JobRunner(string output, int threads, ITrainingEvents events, TimeProvider time)
{
    /// <summary>Seconds between two checkpoints.</summary>
    public double CheckpointSeconds { get; init; } = 30;

    /// <summary>Which checkpoints of epochs stay; null for what was said when the job was first started.</summary>
    public CheckpointKeeping? KeepCheckpoints { get; init; }

    /// <summary>Returns true when the record was there already.</summary>
    public bool Run(Job job, DataSets dataSets, CancellationToken cancellationToken)
    {
        var data = dataSets.Prepare(job, null, cancellationToken);
        var inputs = job.Inputs(dataSets.Digest)!;
        RunFolder[] needs = [.. job.Needs.Select(n => Finished(n, dataSets))];
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
            Keep(folder);
            AtomicFile.WriteText(folder.Configuration, job.ConfigurationJson().ToJsonString(new System.Text.Json.JsonSerializerOptions { WriteIndented = true }) + "\n");
            Execute(job, data, needs, inputs, key, folder, log, cancellationToken);
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

    /// <summary>What was asked for holds for a later resume too, until something else is asked for.</summary>
    private void Keep(RunFolder folder)
    {
        if (KeepCheckpoints is { } asked)
        {
            AtomicFile.WriteText(folder.KeepCheckpoints, asked + "\n");
        }

        folder.Checkpoints.Keep = KeepCheckpoints ?? (File.Exists(folder.KeepCheckpoints) ? CheckpointKeeping.TryParse(File.ReadAllText(folder.KeepCheckpoints).Trim()) : null) ?? CheckpointKeeping.None;
    }

    private RunFolder Finished(Job needed, DataSets dataSets)
    {
        var folder = RunFolder.Of(output, needed, dataSets.Digest);
        return folder?.Finished() is not null ? folder : throw new InvalidOperationException($"{needed} is needed first: {needed.Command}");
    }

    private void Execute(Job job, IRunData data, RunFolder[] needs, RunInputs inputs, string key, RunFolder folder, ILogger log, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var clock = time.GetTimestamp();
        // One thread for TorchSharp's own operations: their sums depend on the number of threads, our kernels' do not.
        torch.set_num_threads(1);
        CpuThreads.Count = threads;
        if (!data.IsWhole())
        {
            throw new InvalidDataException($"the data set {data.Manifest.Name} does not match its digest; delete its folder under {output} and start again");
        }

        var outcome = job.Configuration.Execute(
            new RunContext
            {
                Job = job, Data = data, Folder = folder, Needs = needs, Threads = threads, Events = new LoggedEvents(events, log), Time = time, CheckpointSeconds = CheckpointSeconds,
            },
            cancellationToken);
        var record = new RunRecord
        {
            Job = job.Identity,
            Key = key,
            Inputs = inputs,
            Results = outcome.Results,
            Baselines = outcome.Baselines,
            Protocol = outcome.Protocol,
            Data = data.Description,
            Fingerprint = Fingerprint.Take(threads),
            StartedAt = started,
            WallSeconds = time.GetElapsedTime(clock).TotalSeconds,
            PeakMemoryBytes = Fingerprint.PeakMemory(),
            ParameterCount = outcome.ParameterCount,
            Steps = outcome.Steps,
            SecondsPerStep = outcome.SecondsPerStep,
            Command = job.Command,
            Trusted = data.IsWhole(),
        };
        AtomicFile.WriteText(folder.Record, RunRecordJson.Serialize(record));
        folder.Checkpoints.Delete();
        File.Delete(folder.KeepCheckpoints);
    }

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
