// SPDX-License-Identifier: MIT
namespace Executors;

/// <summary>Where jobs run: here, in containers, or on a cluster.</summary>
internal interface IExecutor
{
    /// <summary>Runs what the selection asks for and has no record yet. Throws <see cref="ExecutorFailure"/> when a job failed or was stopped.</summary>
    void Run(JobRequest request, CancellationToken cancellationToken);
}

/// <summary>The message is the one line that the user sees: what is wrong and what to do.</summary>
internal sealed class ExecutorFailure(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>What the user asked for.</summary>
internal sealed record JobRequest
{
    /// <summary>Suite, suite/task or suite/task/model.</summary>
    public required string Selection { get; init; }

    /// <summary>Options of <c>yoso plan</c> and <c>yoso run</c> that select jobs: --models, --seeds, --scale, --device, --data-mirror, --output.</summary>
    public required string[] Options { get; init; }

    /// <summary>Absolute folder of data, runs and report.</summary>
    public required string Output { get; init; }

    /// <summary>Folder of original data files, null when none is named.</summary>
    public string? DataMirror { get; init; }

    public required string Scale { get; init; }

    /// <summary>Checkpoints of epochs that stay, a number or "all"; null where nothing was said.</summary>
    public string? KeepCheckpoints { get; init; }

    /// <summary>The option of <c>yoso run</c> for it.</summary>
    public string[] KeepOption => KeepCheckpoints is null ? [] : ["--keep-checkpoints", KeepCheckpoints];

    /// <summary>Jobs at a time, 0 chooses.</summary>
    public int Slots { get; init; }
}
