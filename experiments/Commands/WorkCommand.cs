// SPDX-License-Identifier: MIT
using System.CommandLine;
using System.Text.Json;
using Yoso.Experiments.Runs;
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Commands;

/// <summary>What a job's own process runs: one job, its events as JSON lines on standard output.</summary>
internal static class WorkCommand
{
    public static Command Create()
    {
        var options = new JobOptions();
        var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount };
        var checkpointSeconds = new Option<double>("--checkpoint-seconds") { DefaultValueFactory = _ => 30 };
        var keep = KeepCheckpointsOption.Create();
        var command = new Command("work", "Runs one job in this process") { threads, checkpointSeconds, keep };
        command.Hidden = true;
        options.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var events = new JsonEvents();
            try
            {
                // The selection names the jobs that this one needs as well; they are finished by now.
                var selected = options.Jobs(parsed);
                Job[] jobs = [.. selected.Where(j => !selected.Any(other => other.Needs.Contains(j)))];
                if (jobs.Length != 1)
                {
                    throw new UsageException($"work takes one job, the selection has {jobs.Length}");
                }

                var runner = new JobRunner(parsed.GetValue(options.Output)!, parsed.GetValue(threads), events, TimeProvider.System)
                {
                    CheckpointSeconds = parsed.GetValue(checkpointSeconds), KeepCheckpoints = KeepCheckpointsOption.Value(parsed, keep),
                };
                var cached = runner.Run(jobs[0], options.Data(parsed), cancellationToken);
                events.Publish(new JobDone(cached ? "cached" : "finished", null));
                return Task.FromResult(ExitCode.Ok);
            }
            catch (OperationCanceledException e)
            {
                events.Publish(new JobDone("stopped", e.Message));
                return Task.FromResult(ExitCode.Cancelled);
            }
            catch (Exception e) when (e is not UsageException)
            {
                events.Publish(new JobDone("failed", FailureReason.Of(e)));
                return Task.FromResult(ExitCode.Failed);
            }
        });
        return command;
    }

    private sealed class JsonEvents : ITrainingEvents
    {
        public void Publish(TrainingEvent trainingEvent)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(trainingEvent, TrainingEventJson.Options));
            Console.Out.Flush();
        }
    }
}
