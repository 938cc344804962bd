// SPDX-License-Identifier: MIT
using System.Text.Json.Serialization;

namespace Yoso.Data.Pathfinder;

/// <summary>How many images, and how hard; the defaults are LRA's hard Pathfinder32: 32 x 32, contours of 14 dashes.</summary>
public sealed record PathfinderOptions
{
    public int TrainCount { get; init; } = 160_000;

    public int DevCount { get; init; } = 20_000;

    public int TestCount { get; init; } = 20_000;

    /// <summary>Decides every image; the number of threads does not.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Dashes of a long contour; the release has 6, 9 and 14.</summary>
    public int ContourLength { get; init; } = 14;

    /// <summary>Short contours drawn at most, each a third as long; the release has as many as give 20 dashes.</summary>
    public int DistractorCount { get; init; } = 5;

    /// <summary>Pixels of a side whose mean becomes one, 2 or 4: an easier task than LRA's; null for all 32 x 32.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Shrink { get; init; }

    internal int Side => Occupancy.Size / (Shrink ?? 1);

    internal int DistractorLength => Math.Max(1, ContourLength / 3);

    /// <summary>Problems in words; empty where images can be generated.</summary>
    public IEnumerable<string> Problems()
    {
        if (TrainCount < 1) yield return $"TrainCount is {TrainCount}, must be 1 or more";
        if (DevCount < 1) yield return $"DevCount is {DevCount}, must be 1 or more";
        if (TestCount < 1) yield return $"TestCount is {TestCount}, must be 1 or more";
        if (ContourLength is < 2 or > 14) yield return $"ContourLength is {ContourLength}, allowed: 2 to 14";
        if (DistractorCount is < 0 or > 20) yield return $"DistractorCount is {DistractorCount}, allowed: 0 to 20";
        if (Shrink is not (null or 2 or 4)) yield return $"Shrink is {Shrink}, allowed: 2, 4 or none";
        if ((long)TrainCount + DevCount + TestCount > 5_000_000) yield return "more than 5,000,000 images asked for";
    }
}
