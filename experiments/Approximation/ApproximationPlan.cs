// SPDX-License-Identifier: MIT
namespace Yoso.Experiments.Approximation;

/// <summary>Which errors are measured.</summary>
internal sealed record ApproximationPlan
{
    public required string Name { get; init; }

    /// <summary>n, rising.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>m, rising.</summary>
    public required IReadOnlyList<int> HashCounts { get; init; }

    /// <summary>Draws of the hashes at each point, at least 2; the error's interval comes from their spread.</summary>
    public required int Draws { get; init; }

    public required int HeadDim { get; init; }

    public static ApproximationPlan Full { get; } = new()
    {
        Name = "full", Lengths = [64, 256, 1024, 4096], HashCounts = [8, 16, 32, 64, 128, 256, 512], Draws = 4, HeadDim = 64,
    };

    /// <summary>Seconds: all of m, short lengths.</summary>
    public static ApproximationPlan Smoke { get; } = Full with { Name = "smoke", Lengths = [64, 256, 1024], Draws = 3 };
}
