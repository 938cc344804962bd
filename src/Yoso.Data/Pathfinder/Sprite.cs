// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>A dash or disc as it falls on the pixels around the point it hangs on: drawn about twice as large, then shrunk.</summary>
internal sealed class Sprite
{
    private const int Radius = 4;
    private const int Width = (2 * Radius) + 1;

    // A dash is drawn on 17 x 17 pixels around the middle one, so that the centres of both grids coincide; a disc on the doubled image.
    private const int DashGrid = (4 * Radius) + 1;
    private const int DiscGrid = 2 * Width;
    private readonly (int X, int Y, byte Value)[] pixels;

    private Sprite(byte[,] brightness, byte[,] mask) => (pixels, Mask) = (NonZero(brightness), NonZero(mask));

    /// <summary>The dash grown by the margin: what other dashes must keep clear of.</summary>
    internal (int X, int Y, byte Value)[] Mask { get; }

    /// <summary>Takes the brighter of canvas and sprite in each pixel; what lies outside is cut off.</summary>
    internal void Paint(int[] canvas, int x, int y, int brightness)
    {
        foreach (var (dx, dy, value) in pixels)
        {
            if (!Occupancy.Contains(x + dx, y + dy)) continue;
            ref var pixel = ref canvas[((y + dy) * Occupancy.Size) + x + dx];
            pixel = Math.Max(pixel, value * brightness);
        }
    }

    /// <summary>A line of one large pixel (thickness 0.5) from its point by (dx, dy), in pixels of the final image.</summary>
    internal static Sprite Dash(double dx, double dy)
    {
        const int middle = 2 * Radius;
        var (endX, endY) = (DashGeometry.Up(2 * dx), DashGeometry.Up(2 * dy));
        var steps = Math.Max(Math.Abs(endX), Math.Abs(endY));
        var large = new byte[DashGrid, DashGrid];
        for (var i = 0; i <= steps; i++) large[middle + Part(endY, i, steps), middle + Part(endX, i, steps)] = byte.MaxValue;
        return new Sprite(Lanczos.Shrink(large, Width), Lanczos.Shrink(Grown(large, 2 * DashGeometry.Margin), Width));
    }

    internal static Sprite Disc(double radius)
    {
        var large = new byte[DiscGrid, DiscGrid];
        for (var y = 0; y < DiscGrid; y++)
        {
            for (var x = 0; x < DiscGrid; x++)
            {
                var (dx, dy) = ((x - (2 * Radius)) / 2.0, (y - (2 * Radius)) / 2.0);
                if ((dx * dx) + (dy * dy) <= radius * radius) large[y, x] = byte.MaxValue;
            }
        }
        var small = Lanczos.Shrink(large, Width);
        return new Sprite(small, small);
    }

    /// <summary>i / steps of a whole number of pixels, rounded; halves away from zero.</summary>
    private static int Part(int whole, int i, int steps) =>
        steps == 0 ? 0 : Math.Sign(whole) * (((2 * Math.Abs(whole) * i) + steps) / (2 * steps));

    private static byte[,] Grown(byte[,] image, int radius)
    {
        var grown = new byte[DashGrid, DashGrid];
        for (var y = 0; y < DashGrid; y++)
        {
            for (var x = 0; x < DashGrid; x++)
            {
                if (image[y, x] == 0) continue;
                for (var dy = Math.Max(-radius, -y); dy <= Math.Min(radius, DashGrid - 1 - y); dy++)
                {
                    for (var dx = Math.Max(-radius, -x); dx <= Math.Min(radius, DashGrid - 1 - x); dx++)
                    {
                        if ((dx * dx) + (dy * dy) <= radius * radius) grown[y + dy, x + dx] = byte.MaxValue;
                    }
                }
            }
        }
        return grown;
    }

    private static (int, int, byte)[] NonZero(byte[,] small)
    {
        var found = new List<(int, int, byte)>();
        for (var y = 0; y < Width; y++)
        {
            for (var x = 0; x < Width; x++)
            {
                if (small[y, x] > 0) found.Add((x - Radius, y - Radius, small[y, x]));
            }
        }
        return [.. found];
    }
}
