// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>Images by the rules of Linsley et al. (NeurIPS 2018; drewlinsley/pathfinder, snakes2.py) with LRA's parameters for 32 x 32.</summary>
/// <remarks>
/// Two long contours, some short distractors, a disc at the origin of one long contour and a second one at the far end of the same (label 1) or of the other
/// (label 0). Single-dash distractors are off. One generator per thread.
/// </remarks>
internal sealed class PathfinderGenerator(PathfinderOptions options)
{
    /// <summary>Changes whenever the same seed gives other images.</summary>
    internal const int Version = 1;

    internal const int SeedDistance = 7;
    private const int SeedDraws = 3;
    private const int DistractorAttempts = 5;
    private const int Padding = 1;
    private const int Pixels = Occupancy.Size * Occupancy.Size;

    // Brightness in halves of the original's scale: 2 distractor, 1.5 target, 1 marker.
    private const int DistractorBrightness = 4;
    private const int TargetBrightness = 3;
    private const int MarkerBrightness = 2;

    private static readonly Sprite Marker = Sprite.Disc(1.5);
    private readonly Occupancy occupied = new();
    private readonly Occupancy attempt = new();
    private readonly Occupancy blocked = new();
    private readonly Contour distractor = new();
    private readonly int[] canvas = new int[Pixels];
    private SplitMix64 random;

    /// <summary>The long contours of the image last drawn.</summary>
    internal Contour First { get; } = new();

    internal Contour Second { get; } = new();

    /// <summary>Distractors of the image last drawn.</summary>
    internal int DistractorCount { get; private set; }

    /// <summary>Pixels of the two discs of the image last drawn.</summary>
    internal ((int X, int Y) Start, (int X, int Y) End) Markers { get; private set; }

    /// <summary>Draws one numbered image into <paramref name="grey"/> (1024 values, row by row) and returns its label.</summary>
    internal int Draw(ulong number, Span<ushort> grey)
    {
        random = SplitMix64.Stream(options.Seed, number);
        var label = Below(2);
        do occupied.SetFrame(Padding);
        while (!TryPair());
        Array.Clear(canvas);
        First.Paint(canvas, TargetBrightness);
        Second.Paint(canvas, TargetBrightness);
        AddDistractors();
        var (start, other) = Below(2) == 0 ? (First, Second) : (Second, First);
        Markers = (start.Origin, label == 1 ? start.Tip : other.Tip);
        Marker.Paint(canvas, Markers.Start.X, Markers.Start.Y, MarkerBrightness);
        Marker.Paint(canvas, Markers.End.X, Markers.End.Y, MarkerBrightness);
        Stretch(grey);
        return label;
    }

    /// <summary>Grows both long contours in turn; any failure is a failure of the pair.</summary>
    private bool TryPair()
    {
        if (!TryFirstSeed() || !TrySecondSeed()) return false;
        while (First.Count < options.ContourLength)
        {
            if (!First.TryExtend(occupied, ref random) || !Second.TryExtend(occupied, ref random)) return false;
        }
        First.Settle(occupied);
        Second.Settle(occupied);
        return true;
    }

    /// <summary>A dash in the middle of the image, which leaves room for the second one around it.</summary>
    private bool TryFirstSeed()
    {
        blocked.SetFrame(2 * SeedDistance);
        for (var draw = 0; draw < SeedDraws; draw++)
        {
            var degree = Below(360);
            if (FreeTail(degree, blocked) is not { } tail) return false;
            if (First.TryStart(tail.X, tail.Y, degree)) return true;
        }
        return false;
    }

    /// <summary>A dash whose tail lies at a fixed distance from the first one's, both directions at random.</summary>
    private bool TrySecondSeed()
    {
        for (var draw = 0; draw < SeedDraws; draw++)
        {
            var degree = Below(360);
            var (dx, dy) = DashGeometry.Instance.Directions[Below(360)];
            if (Second.TryStart(Nearest(First.Origin.X + (SeedDistance * dx)), Nearest(First.Origin.Y + (SeedDistance * dy)), degree)) return true;
        }
        return false;
    }

    private void AddDistractors()
    {
        DistractorCount = 0;
        for (var i = 0; i < options.DistractorCount; i++)
        {
            for (var tries = 0; tries < DistractorAttempts; tries++)
            {
                attempt.CopyFrom(occupied);
                if (!TryDistractor()) continue;
                occupied.CopyFrom(attempt);
                distractor.Paint(canvas, DistractorBrightness);
                DistractorCount++;
                break;
            }
        }
    }

    private bool TryDistractor()
    {
        if (occupied.CountFree() < Pixels / 100 || !TryDistractorSeed()) return false;
        while (distractor.Count < options.DistractorLength)
        {
            if (!distractor.TryExtend(attempt, ref random)) return false;
        }
        distractor.Settle(attempt);
        return true;
    }

    private bool TryDistractorSeed()
    {
        for (var draw = 0; draw < SeedDraws; draw++)
        {
            var degree = Below(360);
            if (FreeTail(degree, attempt) is not { } tail) return false;
            if (distractor.TryStart(tail.X, tail.Y, degree)) return true;
        }
        return false;
    }

    /// <summary>A random pixel on which a first dash fits; null if there is none.</summary>
    private (int X, int Y)? FreeTail(int degree, Occupancy taken)
    {
        var dash = DashGeometry.Instance.Seeds[degree];
        Span<int> free = stackalloc int[Pixels];
        var count = 0;
        for (var at = 0; at < Pixels; at++)
        {
            if (taken.IsFree(at % Occupancy.Size, at / Occupancy.Size) && taken.Fits(dash, at % Occupancy.Size, at / Occupancy.Size)) free[count++] = at;
        }
        if (count == 0) return null;
        var tail = free[Below(count)];
        return (tail % Occupancy.Size, tail / Occupancy.Size);
    }

    /// <summary>The darkest pixel becomes 0 and the brightest 255, as when the original saves an image.</summary>
    private void Stretch(Span<ushort> grey)
    {
        var (low, high) = (canvas.Min(), canvas.Max());
        for (var i = 0; i < Pixels; i++) grey[i] = (ushort)((((canvas[i] - low) * 255) + ((high - low) / 2)) / (high - low));
    }

    private static int Nearest(double value) => (int)Math.Floor(value + 0.5 + 1e-9);

    private int Below(int count) => (int)(((random.Next() >> 32) * (ulong)count) >> 32);
}
