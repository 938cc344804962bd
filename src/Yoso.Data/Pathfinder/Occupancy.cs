// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>How much of each pixel of a 32 x 32 image is taken, 0 to 255; outside, everything is.</summary>
internal sealed class Occupancy
{
    internal const int Size = 32;
    internal const byte Full = 255;

    // A pixel is free up to 0.3; two masks may overlap up to 1.8 together.
    private const int Free = 76;
    private const int OverlapBelow = 459;
    private readonly byte[] taken = new byte[Size * Size];

    internal void CopyFrom(Occupancy other) => other.taken.CopyTo(taken, 0);

    /// <summary>Takes a frame along the edge and frees the rest.</summary>
    internal void SetFrame(int width)
    {
        taken.AsSpan().Fill(Full);
        for (var y = width; y < Size - width; y++) taken.AsSpan((y * Size) + width, Size - (2 * width)).Clear();
    }

    internal static bool Contains(int x, int y) => x is >= 0 and < Size && y is >= 0 and < Size;

    internal bool IsFree(int x, int y) => Contains(x, y) && taken[(y * Size) + x] <= Free;

    internal int CountFree()
    {
        var count = 0;
        foreach (var value in taken) count += value <= Free ? 1 : 0;
        return count;
    }

    /// <summary>The most taken of a pixel and its four neighbours, which is a dilation by the margin.</summary>
    internal byte Near(int x, int y)
    {
        var at = (y * Size) + x;
        var most = taken[at];
        if (x > 0) most = Math.Max(most, taken[at - 1]);
        if (x < Size - 1) most = Math.Max(most, taken[at + 1]);
        if (y > 0) most = Math.Max(most, taken[at - Size]);
        if (y < Size - 1) most = Math.Max(most, taken[at + Size]);
        return most;
    }

    /// <summary>Whether a dash's mask and what is taken exceed 1.8 in some pixel; parts outside the image do not count.</summary>
    internal bool Collides(Sprite dash, int x, int y)
    {
        foreach (var (dx, dy, value) in dash.Mask)
        {
            if (Contains(x + dx, y + dy) && taken[((y + dy) * Size) + x + dx] + value >= OverlapBelow) return true;
        }
        return false;
    }

    /// <summary>Whether the fully covered pixels of a dash are free.</summary>
    internal bool Fits(Sprite dash, int x, int y)
    {
        foreach (var (dx, dy, value) in dash.Mask)
        {
            if (value == Full && !IsFree(x + dx, y + dy)) return false;
        }
        return true;
    }

    internal void Add(Sprite dash, int x, int y)
    {
        foreach (var (dx, dy, value) in dash.Mask)
        {
            if (!Contains(x + dx, y + dy)) continue;
            ref var pixel = ref taken[((y + dy) * Size) + x + dx];
            pixel = Math.Max(pixel, value);
        }
    }
}
