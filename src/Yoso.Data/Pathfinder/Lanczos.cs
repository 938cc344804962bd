// SPDX-License-Identifier: MIT
namespace Yoso.Data.Pathfinder;

/// <summary>Shrinks a square image of bytes with the Lanczos filter (a = 3) as Pillow does: first along rows, then along columns, rounded to bytes after each.</summary>
internal static class Lanczos
{
    private const int Lobes = 3;

    internal static byte[,] Shrink(byte[,] image, int size)
    {
        var large = image.GetLength(0);
        var half = new byte[large, size];
        for (var x = 0; x < size; x++)
        {
            var (first, weights) = Weights(x, large, size);
            for (var y = 0; y < large; y++) half[y, x] = Sum(weights, i => image[y, first + i]);
        }
        var small = new byte[size, size];
        for (var y = 0; y < size; y++)
        {
            var (first, weights) = Weights(y, large, size);
            for (var x = 0; x < size; x++) small[y, x] = Sum(weights, i => half[first + i, x]);
        }
        return small;
    }

    private static byte Sum(double[] weights, Func<int, byte> value)
    {
        var sum = 0.0;
        for (var i = 0; i < weights.Length; i++) sum += weights[i] * value(i);
        // Rounded once more below the last digit that counts, so that a last bit of the platform's sine cannot change an image.
        return (byte)Math.Clamp((int)Math.Floor(Math.Round(sum, 6) + 0.5), 0, 255);
    }

    /// <summary>Weights of the large pixels that make one small pixel; those cut off at the edge are shared out.</summary>
    private static (int First, double[] Weights) Weights(int at, int large, int size)
    {
        var scale = (double)large / size;
        var centre = (at + 0.5) * scale;
        var first = Math.Max(0, (int)(centre - (Lobes * scale) + 0.5));
        var end = Math.Min(large, (int)(centre + (Lobes * scale) + 0.5));
        var weights = new double[end - first];
        for (var i = 0; i < weights.Length; i++) weights[i] = Kernel((first + i + 0.5 - centre) / scale);
        var sum = weights.Sum();
        return (first, [.. weights.Select(weight => weight / sum)]);
    }

    private static double Kernel(double x)
    {
        if (Math.Abs(x) >= Lobes) return 0;
        if (Math.Abs(x) < 1e-12) return 1;
        var angle = Math.PI * x;
        return Lobes * Math.Sin(angle) * Math.Sin(angle / Lobes) / (angle * angle);
    }
}
