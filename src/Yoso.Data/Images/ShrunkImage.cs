// SPDX-License-Identifier: MIT
namespace Yoso.Data.Images;

/// <summary>Images of 32 x 32 pixels made smaller.</summary>
internal static class ShrunkImage
{
    private const int Side = 32;

    /// <summary>Means of squares of <paramref name="shrink"/> x <paramref name="shrink"/> pixels, rounded.</summary>
    internal static ushort[] Of(ReadOnlySpan<ushort> image, int shrink)
    {
        var (side, area) = (Side / shrink, shrink * shrink);
        var sums = new int[side * side];
        for (var i = 0; i < image.Length; i++) sums[(i / Side / shrink * side) + (i % Side / shrink)] += image[i];
        return [.. sums.Select(sum => (ushort)((sum + (area / 2)) / area))];
    }
}
