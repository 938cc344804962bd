// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>A direction in which a contour can go on: the end of the dash relative to its pivot, as a pixel and as a unit vector.</summary>
internal sealed record DashEnd(int X, int Y, double DirectionX, double DirectionY, Sprite Dash);

/// <summary>All dashes that can occur, drawn once.</summary>
/// <remarks>Directions come from whole degrees or whole pixels by sums, products and square roots, so every machine gets the same bits.</remarks>
internal sealed class DashGeometry
{
    internal const int Length = 2;
    internal const int Margin = 1;

    /// <summary>From one pivot to the next: a dash and the margins around it.</summary>
    internal const int Step = Length + (2 * Margin);

    /// <summary>From a pivot to the end of its dash.</summary>
    internal const int Reach = Length + Margin;

    private DashGeometry()
    {
        // One degree, multiplied up as a complex number.
        const double cosine = 0.99984769515639124, sine = 0.01745240643728351;
        Directions = new (double, double)[360];
        var (x, y) = (1.0, 0.0);
        for (var degree = 0; degree < 360; degree++)
        {
            Directions[degree] = (x, y);
            (x, y) = ((x * cosine) - (y * sine), (x * sine) + (y * cosine));
        }
        Seeds = [.. Directions.Select(d => Sprite.Dash(Length * d.X, Length * d.Y))];

        // The circle is sampled at arcs of one pixel, 1 / radius, and cut to whole pixels.
        var samples = Enumerable.Range(0, (int)Math.Ceiling(2 * Math.PI * Reach)).Select(i => (double)i / Reach);
        Ends = [.. samples.Select(a => (X: Down(Reach * Math.Cos(a)), Y: Down(Reach * Math.Sin(a)))).Distinct().Select(End)];
    }

    internal static DashGeometry Instance { get; } = new();

    /// <summary>Unit vectors by whole degree.</summary>
    internal (double X, double Y)[] Directions { get; }

    /// <summary>The first dash of a contour by whole degree, hanging on its tail.</summary>
    internal Sprite[] Seeds { get; }

    /// <summary>The distinct pixels on the circle around a pivot; each dash hangs on its end and points back.</summary>
    internal DashEnd[] Ends { get; }

    /// <summary>Coordinates round up, as in the original; a trace above a whole number is rounding error.</summary>
    internal static int Up(double value) => (int)Math.Ceiling(value - 1e-9);

    private static int Down(double value) => (int)Math.Floor(value + 1e-9);

    private static DashEnd End((int X, int Y) at)
    {
        var distance = Math.Sqrt((at.X * at.X) + (at.Y * at.Y));
        var (dx, dy) = (at.X / distance, at.Y / distance);
        return new DashEnd(at.X, at.Y, dx, dy, Sprite.Dash(-Length * dx, -Length * dy));
    }
}
