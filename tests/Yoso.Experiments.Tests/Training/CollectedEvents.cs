// SPDX-License-Identifier: MIT
using Yoso.Experiments.Training;

namespace Yoso.Experiments.Tests.Training;

/// <summary>Keeps the notes of a run and calls back after each step.</summary>
internal sealed class CollectedEvents : ITrainingEvents
{
    private int _steps;

    public List<string> Notes { get; } = [];

    /// <summary>Called with the steps so far, over all trainings.</summary>
    public Action<int>? AfterStep { get; init; }

    public void Publish(TrainingEvent trainingEvent)
    {
        switch (trainingEvent)
        {
            case Note note:
                Notes.Add(note.Text);
                break;
            case StepDone:
                AfterStep?.Invoke(++_steps);
                break;
        }
    }
}
