// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>A growing chain of dashes.</summary>
internal sealed class Contour
{
    private const double Unit = 1.0 / (1L << 53);
    private const int Draws = 3;
    private readonly List<(Sprite Dash, int X, int Y)> dashes = [];
    private (double X, double Y) direction;
    private int pivotX;
    private int pivotY;

    /// <summary>The first dash's tail.</summary>
    internal (int X, int Y) Origin { get; private set; }

    /// <summary>The last dash's end.</summary>
    internal (int X, int Y) Tip { get; private set; }

    internal int Count => dashes.Count;

    /// <summary>Places the first dash; false if its head or pivot leaves the image.</summary>
    internal bool TryStart(int tailX, int tailY, int degree)
    {
        var geometry = DashGeometry.Instance;
        direction = geometry.Directions[degree];
        Origin = (tailX, tailY);
        Tip = (DashGeometry.Up(tailX + (DashGeometry.Length * direction.X)), DashGeometry.Up(tailY + (DashGeometry.Length * direction.Y)));
        // The pivot lies one margin behind the tail, so that the next one comes one margin after the head.
        pivotX = DashGeometry.Up(Tip.X - (DashGeometry.Reach * direction.X));
        pivotY = DashGeometry.Up(Tip.Y - (DashGeometry.Reach * direction.Y));
        dashes.Clear();
        dashes.Add((geometry.Seeds[degree], tailX, tailY));
        return Occupancy.Contains(Tip.X, Tip.Y) && Occupancy.Contains(pivotX, pivotY);
    }

    /// <summary>Adds a dash that bends little and collides with nothing; false if there is no room or three draws collide.</summary>
    /// <param name="occupied">Receives this contour's previous dash, which the new one may come close to.</param>
    internal bool TryExtend(Occupancy occupied, ref SplitMix64 random)
    {
        var x = DashGeometry.Up(pivotX + (DashGeometry.Step * direction.X));
        var y = DashGeometry.Up(pivotY + (DashGeometry.Step * direction.Y));
        var ends = DashGeometry.Instance.Ends;
        Span<double> weights = stackalloc double[ends.Length];
        var sum = 0.0;
        for (var i = 0; i < ends.Length; i++) sum += weights[i] = Weight(ends[i], x, y, occupied);
        if (sum < 1e-4) return false;
        for (var draw = 0; draw < Draws; draw++)
        {
            var end = ends[Draw(weights, sum, ref random)];
            if (occupied.Collides(end.Dash, x + end.X, y + end.Y)) continue;
            Settle(occupied);
            dashes.Add((end.Dash, x + end.X, y + end.Y));
            (pivotX, pivotY, direction, Tip) = (x, y, (end.DirectionX, end.DirectionY), (x + end.X, y + end.Y));
            return true;
        }
        return false;
    }

    /// <summary>Marks the last dash as occupied.</summary>
    internal void Settle(Occupancy occupied)
    {
        var (dash, x, y) = dashes[^1];
        occupied.Add(dash, x, y);
    }

    internal void Paint(int[] canvas, int brightness)
    {
        foreach (var (dash, x, y) in dashes) dash.Paint(canvas, x, y, brightness);
    }

    /// <summary>Squared cosine of the turn (none beyond a right angle), less where the end lies within a margin of something.</summary>
    private double Weight(DashEnd end, int x, int y, Occupancy occupied)
    {
        var cosine = (direction.X * end.DirectionX) + (direction.Y * end.DirectionY);
        if (cosine <= 1e-9 || !Occupancy.Contains(x + end.X, y + end.Y)) return 0;
        return cosine * cosine * (Occupancy.Full - occupied.Near(x + end.X, y + end.Y)) / Occupancy.Full;
    }

    private static int Draw(ReadOnlySpan<double> weights, double sum, ref SplitMix64 random)
    {
        var left = (random.Next() >> 11) * Unit * sum;
        var last = 0;
        for (var i = 0; i < weights.Length; i++)
        {
            if (weights[i] <= 0) continue;
            last = i;
            left -= weights[i];
            if (left < 0) break;
        }
        return last;
    }
}
