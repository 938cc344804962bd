// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>How many images; what is drawn is fixed: 32 x 32, contours of 14 dashes (LRA's hard Pathfinder32).</summary>
public sealed record PathfinderOptions
{
    public int TrainCount { get; init; } = 160_000;

    public int DevCount { get; init; } = 20_000;

    public int TestCount { get; init; } = 20_000;

    /// <summary>Decides every image; the number of threads does not.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Problems in words; empty where images can be generated.</summary>
    public IEnumerable<string> Problems()
    {
        if (TrainCount < 1) yield return $"TrainCount is {TrainCount}, must be 1 or more";
        if (DevCount < 1) yield return $"DevCount is {DevCount}, must be 1 or more";
        if (TestCount < 1) yield return $"TestCount is {TestCount}, must be 1 or more";
        if ((long)TrainCount + DevCount + TestCount > 5_000_000) yield return "more than 5,000,000 images asked for";
    }
}
