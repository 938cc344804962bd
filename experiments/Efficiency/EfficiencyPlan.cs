// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Efficiency;

/// <summary>What is measured and for how long.</summary>
internal sealed record EfficiencyPlan
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>Rising.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Smallest length of the exponents: below, what does not grow with n would flatten them.</summary>
    public required int ExponentFrom { get; init; }

    /// <summary>Tokens of a step in the same-batch mode when no max-batch mode ran: the batch is this over the length, at least 1.</summary>
    public required int TokensPerStep { get; init; }

    /// <summary>Lengths of the max-batch mode; none leaves it out.</summary>
    public required IReadOnlyList<int> MaxBatchLengths { get; init; }

    /// <summary>MiB that a batch of the max-batch mode may take on a CPU; a GPU's own memory is its limit.</summary>
    public required double MemoryBudget { get; init; }

    /// <summary>Timed steps of a point; upstream times 10.</summary>
    public required int Samples { get; init; }

    /// <summary>Fewest timed steps, however long they take.</summary>
    public required int FewestSamples { get; init; }

    /// <summary>A point takes no further sample after so many seconds.</summary>
    public required double PointSeconds { get; init; }

    /// <summary>A point of which the fewest samples would take longer is left out and named.</summary>
    public required double LongestPointSeconds { get; init; }

    public static EfficiencyPlan Full { get; } = new()
    {
        Name = "full",
        Models = EfficiencyModels.Names,
        Lengths = [128, 256, 512, 1024, 2048, 4096, 8192, 16384],
        ExponentFrom = 1024,
        TokensPerStep = 2048,
        MaxBatchLengths = [128, 256, 512, 1024, 2048, 4096],
        MemoryBudget = 1024,
        Samples = 10,
        FewestSamples = 3,
        PointSeconds = 30,
        LongestPointSeconds = 900,
    };

    /// <summary>Under a minute: shows that it works, proves nothing.</summary>
    public static EfficiencyPlan Smoke { get; } = Full with
    {
        Name = "smoke",
        Models = ["none", "softmax", "nystrom-64-conv33", "linear", "yoso-32"],
        Lengths = [128, 256, 512],
        ExponentFrom = 128,
        TokensPerStep = 256,
        MaxBatchLengths = [],
        Samples = 3,
        PointSeconds = 2,
        LongestPointSeconds = 20,
    };
}
