// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;

namespace Yoso.Experiments.Training;

/// <summary>What a running job tells the process that shows it; one JSON object a line on standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "event")]
[JsonDerivedType(typeof(StepDone), "step")]
[JsonDerivedType(typeof(EvaluationDone), "evaluation")]
[JsonDerivedType(typeof(Note), "note")]
[JsonDerivedType(typeof(JobDone), "done")]
internal abstract record TrainingEvent;

/// <summary>Loss is that of the step's batch; steps per second is measured over the last steps.</summary>
internal sealed record StepDone(int Step, int Steps, double Loss, double StepsPerSecond) : TrainingEvent;

internal sealed record EvaluationDone(int Step, string Split, double Loss, double Accuracy) : TrainingEvent;

internal sealed record Note(string Text) : TrainingEvent;

/// <summary>Outcome is finished, cached, stopped or failed.</summary>
internal sealed record JobDone(string Outcome, string? Reason) : TrainingEvent;

/// <summary>Receives the events of one job, in order.</summary>
internal interface ITrainingEvents
{
    void Publish(TrainingEvent trainingEvent);
}
